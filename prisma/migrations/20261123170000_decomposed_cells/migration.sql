-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "decomposed_cell_count" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "decomposed_cells" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "decomposed_params" BIGINT NOT NULL DEFAULT 0;
