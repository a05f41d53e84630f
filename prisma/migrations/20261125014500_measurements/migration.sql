-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "macs_per_step" BIGINT,
ADD COLUMN     "state_bytes" BIGINT;

-- AlterTable
ALTER TABLE "version" ADD COLUMN     "duplicate_bytes" BIGINT,
ADD COLUMN     "macs_per_step" BIGINT,
ADD COLUMN     "metadata_bytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "recurrent_effective_distinct" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "state_bytes" BIGINT,
ADD COLUMN     "total_byte_size" BIGINT,
ADD COLUMN     "weight_bytes" BIGINT NOT NULL DEFAULT 0;

-- Work and state of what was read before, by the rules of src/core/estimate.ts. Null where a size of one node is unknown, or over 2^53-1.
UPDATE "inspection" i
SET "macs_per_step" = CASE WHEN t.macs <= 9007199254740991 THEN t.macs END,
    "state_bytes" = CASE WHEN t.state <= 9007199254740991 THEN t.state END
FROM (
  SELECT s."id",
    CASE WHEN bool_or(s.unknown) THEN NULL ELSE coalesce(sum(s.d * s.n * (s.g * (s.m + s.n + s.biases) + s.products)), 0) END AS macs,
    CASE WHEN bool_or(s.unknown) THEN NULL ELSE coalesce(sum(s.d * s.n * s.states * 4), 0) END AS state
  FROM (
    SELECT i."id",
      n."id" IS NOT NULL AND (n."input_size" IS NULL OR n."hidden_size" IS NULL OR n."num_directions" IS NULL) AS unknown,
      n."input_size"::numeric AS m, n."hidden_size"::numeric AS n, n."num_directions"::numeric AS d,
      CASE n."op_type" WHEN 'GRU' THEN 3 WHEN 'RNN' THEN 1 ELSE 4 END AS g,
      CASE WHEN n."op_type" IN ('GRU', 'RNN') THEN 1 ELSE 2 END AS states,
      CASE n."bias_convention"
        WHEN 'NONE' THEN 0 WHEN 'NONE_EFFECTIVE' THEN 0
        WHEN 'SINGLE_INPUT' THEN 1 WHEN 'SINGLE_RECURRENT' THEN 1 ELSE 2 END AS biases,
      CASE n."op_type" WHEN 'RNN' THEN 0 ELSE 3 END + CASE WHEN n."peepholes" THEN 3 ELSE 0 END AS products
    FROM "inspection" i LEFT JOIN "recurrent_node" n ON n."inspection_id" = i."id"
  ) s
  GROUP BY s."id"
) t
WHERE t."id" = i."id";

UPDATE "version" v
SET "recurrent_effective_distinct" = i."recurrent_effective_distinct",
    "macs_per_step" = i."macs_per_step",
    "state_bytes" = i."state_bytes",
    "metadata_bytes" = (i."bytes" ->> 'metadata')::bigint,
    "weight_bytes" = LEAST(9007199254740991, (i."bytes" ->> 'weights')::numeric + coalesce((
      SELECT sum((x ->> 'claimedBytes')::numeric) FROM jsonb_array_elements(i."external_data") x), 0)),
    "total_byte_size" = CASE WHEN NOT EXISTS (
      SELECT FROM jsonb_array_elements(i."external_data") x
      WHERE NOT EXISTS (SELECT FROM "version_external_data" f WHERE f."version_id" = v."id" AND f."location" = x ->> 'location'))
    THEN LEAST(9007199254740991, i."byte_size"::numeric + coalesce((
      SELECT sum(a."byte_size") FROM "version_external_data" f JOIN "artifact" a ON a."digest" = f."artifact_digest"
      WHERE f."version_id" = v."id"), 0)) END
FROM "inspection" i
WHERE i."id" = v."inspection_id";

-- From here on every version brings its own.
ALTER TABLE "version" ALTER COLUMN "metadata_bytes" DROP DEFAULT,
ALTER COLUMN "recurrent_effective_distinct" DROP DEFAULT,
ALTER COLUMN "weight_bytes" DROP DEFAULT;
