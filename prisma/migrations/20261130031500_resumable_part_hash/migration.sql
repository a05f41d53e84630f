-- AlterTable
ALTER TABLE "resumable_part" ADD COLUMN     "sha256" BYTEA;
