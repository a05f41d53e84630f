-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "decomposed_whole" BOOLEAN NOT NULL DEFAULT true;

-- Whether a model was too large to look everywhere was only a warning.
UPDATE "inspection" SET "decomposed_whole" = false WHERE "warnings" @> '[{"code": "CELLS_UNSEEN"}]';

-- What is known of cells that are not all known.
UPDATE "version" v
SET "all_recurrent_per_use" = NULL, "written_out_cell_count" = NULL, "macs_per_step" = NULL, "state_bytes" = NULL
FROM "inspection" i
WHERE i."id" = v."inspection_id" AND NOT i."decomposed_whole";
