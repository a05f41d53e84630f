-- What audits compare of each model, beside it: the first, the previous and the latest version's figures in three narrow rows, so that an audit of
-- thousands of models reads few pages. Kept by triggers, so that an older server beside this one keeps it too; the models that are there follow in
-- batches (src/database/backfills.ts). Nothing is locked but for a moment.

-- CreateTable
CREATE TABLE "model_end" (
    "model_id" UUID NOT NULL,
    "place" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "inspection_id" UUID NOT NULL,
    "declared_params" BIGINT,
    "byte_size" BIGINT NOT NULL,
    "node_count" BIGINT NOT NULL,
    "stored_elements" BIGINT NOT NULL,
    "model_params" BIGINT NOT NULL,
    "model_params_effective" BIGINT,
    "recurrent_node_count" BIGINT NOT NULL,
    "unverifiable_node_count" BIGINT NOT NULL,
    "unverifiable_weight_count" BIGINT NOT NULL,
    "recurrent_per_use" BIGINT NOT NULL,
    "recurrent_distinct" BIGINT NOT NULL,
    "recurrent_effective" BIGINT NOT NULL,
    "recurrent_effective_distinct" BIGINT NOT NULL,
    "weight_bytes" BIGINT NOT NULL,
    "metadata_bytes" BIGINT NOT NULL,
    "duplicate_bytes" BIGINT,
    "total_byte_size" BIGINT,
    "macs_per_step" BIGINT,
    "state_bytes" BIGINT,
    "all_recurrent_per_use" BIGINT,
    "written_out_cell_count" BIGINT,
    "inspection_version" INTEGER NOT NULL,

    CONSTRAINT "model_end_pkey" PRIMARY KEY ("model_id","place")
);

-- CreateIndex
CREATE INDEX "model_end_id_idx" ON "model_end"("id");

-- AddForeignKey
ALTER TABLE "model_end" ADD CONSTRAINT "model_end_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_end" ADD CONSTRAINT "model_end_id_fkey" FOREIGN KEY ("id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Of the models from the one to the other. Their rows are locked first: each statement sees what was committed before it, so that whoever comes
-- second to a model sees what the first has changed.
CREATE FUNCTION keep_model_ends(first UUID, last UUID) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM model WHERE id BETWEEN first AND last ORDER BY id FOR NO KEY UPDATE;
  WITH place AS MATERIALIZED (
    SELECT m.id AS model_id, 'LATEST' AS place, m.latest_version_id AS version_id
    FROM model m WHERE m.id BETWEEN first AND last AND m.latest_version_id IS NOT NULL
    UNION ALL
    SELECT m.id, 'FIRST', f.id FROM model m
    CROSS JOIN LATERAL (SELECT v.id FROM version v WHERE v.model_id = m.id AND v.withdrawn_at IS NULL ORDER BY v.number LIMIT 1) AS f
    WHERE m.id BETWEEN first AND last AND m.latest_version_id IS NOT NULL
    UNION ALL
    SELECT m.id, 'PREVIOUS', p.id FROM model m JOIN version l ON l.id = m.latest_version_id
    CROSS JOIN LATERAL (SELECT v.id FROM version v
      WHERE v.model_id = m.id AND v.withdrawn_at IS NULL AND v.number < l.number ORDER BY v.number DESC LIMIT 1) AS p
    WHERE m.id BETWEEN first AND last),
  gone AS (
    DELETE FROM model_end e WHERE e.model_id BETWEEN first AND last
      AND NOT EXISTS (SELECT FROM place p WHERE p.model_id = e.model_id AND p.place = e.place))
  INSERT INTO model_end (
    model_id, place, id, number, inspection_id, declared_params, byte_size, node_count, stored_elements, model_params,
    model_params_effective, recurrent_node_count, unverifiable_node_count, unverifiable_weight_count, recurrent_per_use,
    recurrent_distinct, recurrent_effective, recurrent_effective_distinct, weight_bytes, metadata_bytes, duplicate_bytes, total_byte_size,
    macs_per_step, state_bytes, all_recurrent_per_use, written_out_cell_count, inspection_version)
  SELECT
    p.model_id, p.place, v.id, v.number, v.inspection_id, v.declared_params, v.byte_size, v.node_count, v.stored_elements, v.model_params,
    v.model_params_effective, v.recurrent_node_count, v.unverifiable_node_count, v.unverifiable_weight_count, v.recurrent_per_use,
    v.recurrent_distinct, v.recurrent_effective, v.recurrent_effective_distinct, v.weight_bytes, v.metadata_bytes, v.duplicate_bytes,
    v.total_byte_size, v.macs_per_step, v.state_bytes, v.all_recurrent_per_use, v.written_out_cell_count, v.inspection_version
  FROM place p JOIN version v ON v.id = p.version_id
  ON CONFLICT (model_id, place) DO UPDATE SET
    id = EXCLUDED.id, number = EXCLUDED.number, inspection_id = EXCLUDED.inspection_id, declared_params = EXCLUDED.declared_params,
    byte_size = EXCLUDED.byte_size, node_count = EXCLUDED.node_count, stored_elements = EXCLUDED.stored_elements,
    model_params = EXCLUDED.model_params, model_params_effective = EXCLUDED.model_params_effective,
    recurrent_node_count = EXCLUDED.recurrent_node_count, unverifiable_node_count = EXCLUDED.unverifiable_node_count,
    unverifiable_weight_count = EXCLUDED.unverifiable_weight_count, recurrent_per_use = EXCLUDED.recurrent_per_use,
    recurrent_distinct = EXCLUDED.recurrent_distinct, recurrent_effective = EXCLUDED.recurrent_effective,
    recurrent_effective_distinct = EXCLUDED.recurrent_effective_distinct, weight_bytes = EXCLUDED.weight_bytes,
    metadata_bytes = EXCLUDED.metadata_bytes, duplicate_bytes = EXCLUDED.duplicate_bytes, total_byte_size = EXCLUDED.total_byte_size,
    macs_per_step = EXCLUDED.macs_per_step, state_bytes = EXCLUDED.state_bytes, all_recurrent_per_use = EXCLUDED.all_recurrent_per_use,
    written_out_cell_count = EXCLUDED.written_out_cell_count, inspection_version = EXCLUDED.inspection_version
  WHERE model_end.* IS DISTINCT FROM EXCLUDED.*;
END $$;

CREATE FUNCTION keep_ends_of_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_model_ends(NEW.id, NEW.id);
  RETURN NULL;
END $$;

-- Once for each model, however many of its versions a statement changes; in one order, so that two that change many do not wait for each other.
CREATE FUNCTION keep_ends_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed UUID;
BEGIN
  FOR changed IN
    SELECT DISTINCT n.model_id FROM new_versions n JOIN old_versions o ON o.id = n.id WHERE o.* IS DISTINCT FROM n.* ORDER BY n.model_id
  LOOP
    PERFORM keep_model_ends(changed, changed);
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION keep_ends_of_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed UUID;
BEGIN
  FOR changed IN SELECT DISTINCT model_id FROM old_versions ORDER BY model_id LOOP
    PERFORM keep_model_ends(changed, changed);
  END LOOP;
  RETURN NULL;
END $$;

-- A new version is not the latest of its model before this says so.
CREATE TRIGGER model_ends_of_model AFTER UPDATE OF "latest_version_id" ON "model" FOR EACH ROW
  WHEN (OLD.latest_version_id IS DISTINCT FROM NEW.latest_version_id) EXECUTE FUNCTION keep_ends_of_model();
-- Withdrawn, restored, read again by a newer inspector, or whatever else is done to a version.
CREATE TRIGGER model_ends_of_changed AFTER UPDATE ON "version" REFERENCING OLD TABLE AS old_versions NEW TABLE AS new_versions
  FOR EACH STATEMENT EXECUTE FUNCTION keep_ends_of_changed();
CREATE TRIGGER model_ends_of_deleted AFTER DELETE ON "version" REFERENCING OLD TABLE AS old_versions
  FOR EACH STATEMENT EXECUTE FUNCTION keep_ends_of_deleted();
