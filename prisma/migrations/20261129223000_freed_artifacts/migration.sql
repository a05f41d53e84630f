-- AlterTable
ALTER TABLE "artifact" ADD COLUMN     "freed_at" TIMESTAMPTZ(3);
