-- Budgets of some nodes, which are few: the audit asks of each whether it selects anything.
CREATE INDEX "budget_of_some_nodes_idx" ON "budget"("id")
WHERE "deleted_at" IS NULL AND ("path" IS NOT NULL OR "op_type" IS NOT NULL);
