-- What is unknown is less than any figure, as in METRIC_KEYS of src/registry/catalog/version-reads.ts: not known while a bias was not read.
DROP INDEX "version_recurrent_effective_id_idx";
DROP INDEX "version_recurrent_effective_distinct_id_idx";
CREATE INDEX "version_recurrent_effective_id_idx" ON "version"(
  coalesce(CASE WHEN "model_params_effective" IS NOT NULL OR "unverifiable_node_count" > 0 THEN "recurrent_effective" END, -1), "id");
CREATE INDEX "version_recurrent_effective_distinct_id_idx" ON "version"(
  coalesce(CASE WHEN "model_params_effective" IS NOT NULL OR "unverifiable_node_count" > 0 THEN "recurrent_effective_distinct" END, -1), "id");
