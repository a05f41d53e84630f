-- AlterTable
ALTER TABLE "version" ADD COLUMN     "model_params_effective" BIGINT;

-- As src/core/metrics.ts reads it; with a million versions this takes about half a minute.
UPDATE "version"
SET "model_params_effective" = "model_params" - ("recurrent_distinct" - "recurrent_effective_distinct")
WHERE "unverifiable_node_count" = 0 AND "recurrent_distinct" - "recurrent_effective_distinct" <= "model_params";

-- What is unknown is less than any figure, as in METRIC_KEYS of src/registry/catalog/version-reads.ts.
CREATE INDEX "version_model_params_effective_id_idx" ON "version"(coalesce("model_params_effective", -1), "id");
