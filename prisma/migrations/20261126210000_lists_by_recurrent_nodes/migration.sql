-- Each index holds all that a list filtered by recurrent nodes asks of a node, so that the nodes themselves are not read. With two million
-- nodes it takes about half a minute.

-- DropIndex
DROP INDEX "recurrent_node_op_type_hidden_size_idx";

-- DropIndex
DROP INDEX "recurrent_node_verdict_idx";

-- CreateIndex
CREATE INDEX "recurrent_node_op_type_hidden_size_inspection_id_idx" ON "recurrent_node"("op_type", "hidden_size", "inspection_id");

-- CreateIndex
CREATE INDEX "recurrent_node_hidden_size_inspection_id_idx" ON "recurrent_node"("hidden_size", "inspection_id");

-- CreateIndex
CREATE INDEX "recurrent_node_verdict_inspection_id_idx" ON "recurrent_node"("verdict", "inspection_id");

-- CreateIndex
CREATE INDEX "recurrent_node_inspection_id_hidden_size_idx" ON "recurrent_node"("inspection_id", "hidden_size");

-- CreateIndex
CREATE INDEX "version_number_id_idx" ON "version"("number", "id");

