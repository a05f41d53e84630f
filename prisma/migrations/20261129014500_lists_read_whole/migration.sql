-- AlterTable
ALTER TABLE "inspection" ALTER COLUMN "tensors" DROP DEFAULT;
ALTER TABLE "inspection" ALTER COLUMN "tensors" SET DATA TYPE JSON USING "tensors"::json;
ALTER TABLE "inspection" ALTER COLUMN "tensors" SET DEFAULT '[]';

-- AlterTable
ALTER TABLE "recurrent_node" ADD COLUMN     "weights" JSON NOT NULL DEFAULT '[]';

-- A comparison took half of its time to read weights one by one.
UPDATE "recurrent_node" n
SET "weights" = w."list"
FROM (
  SELECT "node_id", json_agg(json_build_object(
      'role', "role", 'source', "source", 'tensor', "tensor", 'dims', CASE WHEN "dims_known" THEN coalesce("dims", '{}') END,
      'dtype', "dtype", 'elements', "elements", 'byteSize', "byte_size", 'contentHash', "content_hash", 'hops', "hops",
      'chain', coalesce("chain", '{}')) ORDER BY "position") AS "list"
  FROM "weight" GROUP BY "node_id") AS w
WHERE w."node_id" = n."id";

-- DropTable
DROP TABLE "weight";
