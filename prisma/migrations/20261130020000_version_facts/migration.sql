-- What versions are picked by, a row for each fact of each version in the order of time, so that a list by label, producer or recurrent node is
-- read off an index wherever its rows lie. Kept by a trigger, so that an older server beside this one keeps it too; the versions that are there
-- follow in batches (src/database/backfills.ts). Nothing is locked but for a moment.

-- CreateTable
CREATE TABLE "version_fact" (
    "fact" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "version_id" UUID NOT NULL,

    CONSTRAINT "version_fact_pkey" PRIMARY KEY ("fact","created_at","version_id")
);

-- CreateTable
CREATE TABLE "node_size" (
    "op_type" TEXT NOT NULL,
    "hidden_size" BIGINT NOT NULL,

    CONSTRAINT "node_size_pkey" PRIMARY KEY ("op_type","hidden_size")
);

-- CreateTable
CREATE TABLE "backfill" (
    "name" TEXT NOT NULL,
    "done_to" UUID,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "backfill_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "version_fact_version_id_idx" ON "version_fact"("version_id");

-- AddForeignKey
ALTER TABLE "version_fact" ADD CONSTRAINT "version_fact_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The id of a fact, by which src/registry/rows/version-facts.ts asks for it.
CREATE FUNCTION fact_id(VARIADIC words TEXT[]) RETURNS UUID LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT encode(substr(sha256(convert_to(array_to_json(words)::text, 'UTF8')), 1, 16), 'hex')::uuid
$$;

-- Of the versions from the one to the other; what is there already stays. A version whose nodes have more than 100 sizes has one fact that says
-- so instead of each: a hostile file may have tens of thousands.
CREATE FUNCTION keep_version_facts(first UUID, last UUID) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  WITH kind AS MATERIALIZED (
    SELECT DISTINCT v.id AS version_id, v.created_at, n.op_type, n.hidden_size, n.verdict
    FROM version v JOIN recurrent_node n ON n.inspection_id = v.inspection_id WHERE v.id BETWEEN first AND last),
  size AS MATERIALIZED (
    SELECT version_id, created_at, op_type, hidden_size, count(*) OVER (PARTITION BY version_id) > 100 AS are_many
    FROM kind WHERE hidden_size IS NOT NULL GROUP BY version_id, created_at, op_type, hidden_size),
  seen AS (
    -- In one order, so that two that add the same sizes do not wait for each other.
    INSERT INTO node_size (op_type, hidden_size)
    SELECT DISTINCT op_type, hidden_size FROM size
    WHERE NOT are_many AND NOT EXISTS (SELECT FROM node_size s WHERE s.op_type = size.op_type AND s.hidden_size = size.hidden_size)
    ORDER BY op_type, hidden_size
    ON CONFLICT DO NOTHING)
  INSERT INTO version_fact (fact, created_at, version_id)
  SELECT fact_id('LABEL', label), v.created_at, v.id FROM version v, unnest(v.labels) AS label WHERE v.id BETWEEN first AND last
  UNION
  SELECT fact_id('PRODUCER', v.producer_name), v.created_at, v.id FROM version v WHERE v.id BETWEEN first AND last
  UNION
  SELECT fact_id('OPERATOR', op_type), created_at, version_id FROM (SELECT DISTINCT op_type, created_at, version_id FROM kind) AS operator
  UNION
  SELECT fact_id('VERDICT', verdict), created_at, version_id FROM (SELECT DISTINCT verdict, created_at, version_id FROM kind) AS judged
  UNION
  SELECT CASE WHEN are_many THEN fact_id('SIZES') ELSE fact_id('SIZE', op_type, hidden_size::text) END, created_at, version_id FROM size
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION keep_facts_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM version_fact WHERE version_id = NEW.id;
  END IF;
  PERFORM keep_version_facts(NEW.id, NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER version_facts_of_new AFTER INSERT ON "version" FOR EACH ROW EXECUTE FUNCTION keep_facts_of_version();
CREATE TRIGGER version_facts_of_changed AFTER UPDATE OF "labels", "producer_name", "inspection_id" ON "version" FOR EACH ROW
  WHEN (OLD.labels IS DISTINCT FROM NEW.labels OR OLD.producer_name <> NEW.producer_name OR OLD.inspection_id <> NEW.inspection_id)
  EXECUTE FUNCTION keep_facts_of_version();
