-- AlterTable
ALTER TABLE "inspection" ADD COLUMN     "model_params_effective" BIGINT;

-- Without a zero half of a bias it is "model_params"; whether such a half was learned is known once the file is read again.
UPDATE "inspection" i
SET "model_params_effective" = i."model_params"
WHERE i."unverifiable_node_count" = 0 AND i."recurrent_distinct" = i."recurrent_effective_distinct"
  AND NOT EXISTS (SELECT FROM "recurrent_node" n WHERE n."inspection_id" = i."id" AND n."bias_convention" = 'UNKNOWN');

-- It was taken from totals, which also have zeros that are no learned params.
UPDATE "version" v
SET "model_params_effective" = i."model_params_effective"
FROM "inspection" i
WHERE i."id" = v."inspection_id" AND v."model_params_effective" IS DISTINCT FROM i."model_params_effective";
