-- Names of models may have capitals, and are told apart without regard to case: by their small letters, in "C" so that only A to Z change,
-- whatever the language of the database. Prisma has no words for indexes over expressions; keyOf in src/registry/rows/model-names.ts has
-- the same expression. The names that there are have no capitals, so none of them can collide. With two million versions it takes about
-- ten seconds.

-- DropIndex
DROP INDEX "model_name_key";
CREATE UNIQUE INDEX "model_name_lower_key" ON "model"(lower("name" COLLATE "C"));

-- DropIndex
DROP INDEX "version_model_name_number_id_idx";
CREATE INDEX "version_model_name_lower_number_id_idx" ON "version"(lower("model_name" COLLATE "C"), "number", "id");

-- DropIndex
DROP INDEX "event_subject_at_id_idx";
CREATE INDEX "event_subject_lower_at_id_idx" ON "event"(lower("subject" COLLATE "C"), "at", "id");

-- DropIndex
DROP INDEX "alias_move_model_name_alias_at_id_idx";
CREATE INDEX "alias_move_model_name_lower_alias_at_id_idx" ON "alias_move"(lower("model_name" COLLATE "C"), "alias", "at", "id");

CREATE INDEX "budget_model_lower_created_at_id_idx" ON "budget"(lower("target" COLLATE "C"), "created_at", "id") WHERE "scope" = 'MODEL';
