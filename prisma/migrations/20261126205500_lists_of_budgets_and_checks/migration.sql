-- DropIndex
DROP INDEX "budget_scope_target_idx";

-- CreateIndex
CREATE INDEX "budget_scope_target_created_at_id_idx" ON "budget"("scope", "target", "created_at", "id");

-- DropIndex
DROP INDEX "version_check_version_id_created_at_idx";

-- CreateIndex
CREATE INDEX "version_check_version_id_created_at_id_idx" ON "version_check"("version_id", "created_at", "id");
