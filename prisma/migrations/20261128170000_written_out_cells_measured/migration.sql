-- AlterTable
ALTER TABLE "version" ADD COLUMN     "all_recurrent_per_use" BIGINT,
ADD COLUMN     "written_out_cell_count" BIGINT;

-- Inspections know them since version 2; with a million versions this takes about half a minute.
UPDATE "version" v
SET "all_recurrent_per_use" = i."recurrent_per_use" + i."decomposed_params",
    "written_out_cell_count" = i."decomposed_cell_count"
FROM "inspection" i
WHERE i."id" = v."inspection_id" AND i."inspection_version" >= 2;

-- What is unknown is less than any figure, as in METRIC_KEYS of src/registry/catalog/version-reads.ts.
CREATE INDEX "version_all_recurrent_per_use_id_idx" ON "version"(coalesce("all_recurrent_per_use", -1), "id");
CREATE INDEX "version_written_out_cell_count_id_idx" ON "version"(coalesce("written_out_cell_count", -1), "id");
