-- DropIndex
DROP INDEX "inspection_artifact_digest_inspection_version_key";

-- AlterTable
ALTER TABLE "inspection" ADD COLUMN "external_key" TEXT NOT NULL DEFAULT '';

-- CreateIndex
CREATE UNIQUE INDEX "inspection_artifact_digest_external_key_inspection_version_key" ON "inspection"("artifact_digest", "external_key", "inspection_version");
