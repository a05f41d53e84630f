-- A repeated request is answered as the first one was: with the aliases that stayed where they were.
ALTER TABLE "idempotency_key" ADD COLUMN "held_aliases" JSONB NOT NULL DEFAULT '[]';
