-- Every metric is an order of lists now, so each has its index; with a million versions they take some seconds each.

-- CreateIndex
CREATE INDEX "version_recurrent_effective_distinct_id_idx" ON "version"("recurrent_effective_distinct", "id");

-- CreateIndex
CREATE INDEX "version_weight_bytes_id_idx" ON "version"("weight_bytes", "id");

-- CreateIndex
CREATE INDEX "version_metadata_bytes_id_idx" ON "version"("metadata_bytes", "id");

-- CreateIndex
CREATE INDEX "version_recurrent_node_count_id_idx" ON "version"("recurrent_node_count", "id");

-- What is unknown is less than any figure, as in METRIC_KEYS of src/registry/catalog/catalog.ts.
CREATE INDEX "version_total_byte_size_id_idx" ON "version"(coalesce("total_byte_size", -1), "id");
CREATE INDEX "version_duplicate_bytes_id_idx" ON "version"(coalesce("duplicate_bytes", -1), "id");
CREATE INDEX "version_macs_per_step_id_idx" ON "version"(coalesce("macs_per_step", -1), "id");
CREATE INDEX "version_state_bytes_id_idx" ON "version"(coalesce("state_bytes", -1), "id");

-- RECURRENT_NODES is RECURRENT_NODE_COUNT, as its field and its column have been. What was said in words, and the trail, stay as they were.
UPDATE "budget" SET "metric" = 'RECURRENT_NODE_COUNT' WHERE "metric" = 'RECURRENT_NODES';
UPDATE "check_finding" SET "metric" = 'RECURRENT_NODE_COUNT' WHERE "metric" = 'RECURRENT_NODES';
UPDATE "budget_revision" SET "settings" = jsonb_set("settings", '{metric}', '"RECURRENT_NODE_COUNT"')
WHERE "settings" ->> 'metric' = 'RECURRENT_NODES';
UPDATE "version_check"
SET "settings" = replace("settings"::text, '"metric": "RECURRENT_NODES"', '"metric": "RECURRENT_NODE_COUNT"')::jsonb
WHERE "settings" @> '[{"metric": "RECURRENT_NODES"}]';
