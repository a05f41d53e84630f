-- AlterTable
ALTER TABLE "version" ADD COLUMN     "unverifiable_weight_count" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "claimed_elements" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "claimed_tensors" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "unverifiable_weights" BIGINT NOT NULL DEFAULT 0;

-- Before inspection version 4 each stored element was one parameter.
UPDATE "inspection"
SET "quantized_weights" = jsonb_build_object(
  'logical', "quantized_weights" -> 'params',
  'storedBytes', "quantized_weights" -> 'byteSize',
  'bitsPerParam', "quantized_weights" -> 'bitsPerParam'
)
WHERE jsonb_typeof("quantized_weights") = 'object';
