-- AlterTable
ALTER TABLE "version" ADD COLUMN     "inspection_version" INTEGER NOT NULL DEFAULT 0;

UPDATE "version" v SET "inspection_version" = i."inspection_version" FROM "inspection" i WHERE i."id" = v."inspection_id";

-- From here on every version brings its own.
ALTER TABLE "version" ALTER COLUMN "inspection_version" DROP DEFAULT;

-- CreateIndex
CREATE INDEX "version_model_id_created_at_number_idx" ON "version"("model_id", "created_at", "number");
