-- CreateTable
CREATE TABLE "recurrent_stack" (
    "id" UUID NOT NULL,
    "inspection_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "op_type" TEXT NOT NULL,
    "layer_count" INTEGER NOT NULL,
    "layers" JSONB NOT NULL,
    "params" BIGINT NOT NULL,
    "expected" BIGINT NOT NULL,
    "uniform" BOOLEAN NOT NULL,
    "verdict" TEXT NOT NULL,
    CONSTRAINT "recurrent_stack_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "recurrent_stack_inspection_id_position_key" ON "recurrent_stack"("inspection_id", "position");

-- AddForeignKey
ALTER TABLE "recurrent_stack" ADD CONSTRAINT "recurrent_stack_inspection_id_fkey" FOREIGN KEY ("inspection_id") REFERENCES "inspection"("id") ON DELETE CASCADE ON UPDATE CASCADE;
