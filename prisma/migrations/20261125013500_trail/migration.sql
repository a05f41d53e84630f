-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "principal" TEXT NOT NULL,
    "token_id" UUID,
    "action" TEXT NOT NULL,
    "version_number" INTEGER,
    "alias" TEXT,
    "details" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_chain" (
    "subject" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "event_chain_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "alias_move" (
    "id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "from_number" INTEGER,
    "to_number" INTEGER,
    "moved_by" TEXT NOT NULL,
    "cause" TEXT NOT NULL,

    CONSTRAINT "alias_move_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alias_protection" (
    "model_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "protected_at" TIMESTAMPTZ(3) NOT NULL,
    "protected_by" TEXT NOT NULL,

    CONSTRAINT "alias_protection_pkey" PRIMARY KEY ("model_id","name")
);

-- CreateIndex
CREATE INDEX "event_at_id_idx" ON "event"("at", "id");

-- CreateIndex
CREATE INDEX "event_subject_at_id_idx" ON "event"("subject", "at", "id");

-- CreateIndex
CREATE INDEX "event_action_at_id_idx" ON "event"("action", "at", "id");

-- CreateIndex
CREATE INDEX "event_principal_at_id_idx" ON "event"("principal", "at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "event_subject_sequence_key" ON "event"("subject", "sequence");

-- CreateIndex
CREATE INDEX "alias_move_model_name_alias_at_id_idx" ON "alias_move"("model_name", "alias", "at", "id");

-- AddForeignKey
ALTER TABLE "alias_protection" ADD CONSTRAINT "alias_protection_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Rows of these tables are never changed and never taken away, whoever asks; whoever switches this off is found out by the hashes.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE ON "event" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_stays BEFORE TRUNCATE ON "event" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alias_move_only_grows BEFORE UPDATE OR DELETE ON "alias_move" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alias_move_stays BEFORE TRUNCATE ON "alias_move" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The chain of what has no model: its row is there from the start, so that writers always find something to queue at.
INSERT INTO "event_chain" ("subject", "length", "hash") VALUES ('', 0, decode(repeat('00', 32), 'hex'));

-- What is known of the aliases that there are: where they stand, and since when.
INSERT INTO "alias_move" ("id", "model_name", "alias", "at", "from_number", "to_number", "moved_by", "cause")
SELECT gen_random_uuid(), "version"."model_name", "alias"."name", "alias"."updated_at", NULL, "version"."number", 'weighbridge', 'CARRIED_OVER'
FROM "alias" JOIN "version" ON "version"."id" = "alias"."version_id";
