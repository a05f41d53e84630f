-- Who did it, by the id of the token too. AlterTable
ALTER TABLE "model" ADD COLUMN "created_by_id" UUID;
ALTER TABLE "version" ADD COLUMN "published_by_id" UUID, ADD COLUMN "withdrawn_by_id" UUID;
ALTER TABLE "token" ADD COLUMN "created_by_id" UUID;
ALTER TABLE "alias_move" ADD COLUMN "moved_by_id" UUID;
ALTER TABLE "alias_protection" ADD COLUMN "protected_by_id" UUID;
ALTER TABLE "budget" ADD COLUMN "created_by_id" UUID, ADD COLUMN "updated_by_id" UUID;
ALTER TABLE "budget_revision" ADD COLUMN "by_id" UUID;
ALTER TABLE "version_check" ADD COLUMN "made_by_id" UUID;
ALTER TABLE "approval" ADD COLUMN "approved_by_id" UUID, ADD COLUMN "revoked_by_id" UUID;

-- What is known: tokens are never deleted, so a name that one token alone has is its. Moves of aliases are never changed, and stay without.
CREATE TEMPORARY TABLE "token_of_name" AS
SELECT "name", min("id"::text)::uuid AS "id" FROM "token"
WHERE "name" NOT IN ('anonymous', 'weighbridge') GROUP BY "name" HAVING count(*) = 1;
UPDATE "model" SET "created_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "model"."created_by";
UPDATE "version" SET "published_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "version"."published_by";
UPDATE "version" SET "withdrawn_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "version"."withdrawn_by";
UPDATE "token" SET "created_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "token"."created_by";
UPDATE "alias_protection" SET "protected_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "alias_protection"."protected_by";
UPDATE "budget" SET "created_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "budget"."created_by";
UPDATE "budget" SET "updated_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "budget"."updated_by";
UPDATE "budget_revision" SET "by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "budget_revision"."by";
UPDATE "version_check" SET "made_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "version_check"."made_by";
UPDATE "approval" SET "approved_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "approval"."approved_by";
UPDATE "approval" SET "revoked_by_id" = t."id" FROM "token_of_name" t WHERE t."name" = "approval"."revoked_by";
DROP TABLE "token_of_name";

-- From now on a name is one token's. Of several that have one, the oldest keeps it; the others are told by the end of their ids.
UPDATE "token" SET "name" = left("token"."name", 115) || ' ' || right("token"."id"::text, 12)
FROM (SELECT "id", row_number() OVER (PARTITION BY lower("name") ORDER BY "created_at", "id") AS "place" FROM "token") AS ranked
WHERE ranked."id" = "token"."id" AND ranked."place" > 1;

CREATE UNIQUE INDEX "token_name_key" ON "token"(lower("name"));
