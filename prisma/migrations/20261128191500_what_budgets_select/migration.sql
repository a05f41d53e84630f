-- AlterTable
ALTER TABLE "check_finding" ADD COLUMN     "selection" JSONB;
