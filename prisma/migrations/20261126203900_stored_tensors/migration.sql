-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "duplicate_bytes" BIGINT,
ADD COLUMN     "duplicates" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "quantized_weights" JSONB,
ADD COLUMN     "tensor_totals" JSONB,
ADD COLUMN     "tensors" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "weight" ADD COLUMN     "content_hash" TEXT;
