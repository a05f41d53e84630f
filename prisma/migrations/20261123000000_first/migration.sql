-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "version_counter" (
    "model_name" TEXT NOT NULL,
    "last_number" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "version_counter_pkey" PRIMARY KEY ("model_name")
);

-- CreateTable
CREATE TABLE "model" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "tags" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "version_count" INTEGER NOT NULL DEFAULT 0,
    "latest_version_id" UUID,

    CONSTRAINT "model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "version" (
    "id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "artifact_digest" TEXT NOT NULL,
    "inspection_id" UUID NOT NULL,
    "labels" TEXT[],
    "notes" TEXT,
    "source_repository_url" TEXT,
    "source_commit" TEXT,
    "source_run_url" TEXT,
    "declared_params" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_by" TEXT NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3),
    "withdrawn_by" TEXT,
    "withdrawn_reason" TEXT,
    "producer_name" TEXT NOT NULL,
    "byte_size" BIGINT NOT NULL,
    "node_count" BIGINT NOT NULL,
    "stored_elements" BIGINT NOT NULL,
    "model_params" BIGINT NOT NULL,
    "recurrent_node_count" BIGINT NOT NULL,
    "unverifiable_node_count" BIGINT NOT NULL,
    "recurrent_per_use" BIGINT NOT NULL,
    "recurrent_distinct" BIGINT NOT NULL,
    "recurrent_effective" BIGINT NOT NULL,

    CONSTRAINT "version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alias" (
    "id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alias_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "artifact" (
    "digest" TEXT NOT NULL,
    "byte_size" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "refusal_code" TEXT,
    "refusal" TEXT,

    CONSTRAINT "artifact_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "artifact_upload" (
    "artifact_digest" TEXT NOT NULL,
    "token_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "artifact_upload_pkey" PRIMARY KEY ("artifact_digest","token_id")
);

-- CreateTable
CREATE TABLE "version_external_data" (
    "version_id" UUID NOT NULL,
    "location" TEXT NOT NULL,
    "artifact_digest" TEXT NOT NULL,

    CONSTRAINT "version_external_data_pkey" PRIMARY KEY ("version_id","location")
);

-- CreateTable
CREATE TABLE "inspection" (
    "id" UUID NOT NULL,
    "artifact_digest" TEXT NOT NULL,
    "inspection_version" INTEGER NOT NULL,
    "byte_size" BIGINT NOT NULL,
    "ir_version" BIGINT,
    "opsets" JSONB NOT NULL,
    "producer_name" TEXT NOT NULL,
    "producer_version" TEXT NOT NULL,
    "graph_name" TEXT NOT NULL,
    "node_count" BIGINT NOT NULL,
    "stored_elements" BIGINT NOT NULL,
    "model_params" BIGINT NOT NULL,
    "duplicate_elements" BIGINT NOT NULL,
    "classes" JSONB NOT NULL,
    "bytes" JSONB NOT NULL,
    "external_data" JSONB NOT NULL,
    "warnings" JSONB NOT NULL,
    "recurrent_node_count" BIGINT NOT NULL,
    "unverifiable_node_count" BIGINT NOT NULL,
    "recurrent_per_use" BIGINT NOT NULL,
    "recurrent_distinct" BIGINT NOT NULL,
    "recurrent_effective" BIGINT NOT NULL,
    "recurrent_effective_distinct" BIGINT NOT NULL,

    CONSTRAINT "inspection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recurrent_node" (
    "id" UUID NOT NULL,
    "inspection_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "op_type" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "num_directions" BIGINT,
    "input_size" BIGINT,
    "hidden_size" BIGINT,
    "layout" BIGINT NOT NULL,
    "bias_convention" TEXT NOT NULL,
    "peepholes" BOOLEAN NOT NULL,
    "stored" BIGINT,
    "expected" BIGINT,
    "effective" BIGINT,
    "verdict" TEXT NOT NULL,
    "reason" TEXT,
    "formula_none" BIGINT,
    "formula_single" BIGINT,
    "formula_double" BIGINT,
    "formula_peepholes" BIGINT,

    CONSTRAINT "recurrent_node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "weight" (
    "node_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "tensor" TEXT,
    "dims" BIGINT[],
    "dims_known" BOOLEAN NOT NULL,
    "dtype" TEXT,
    "elements" BIGINT,
    "byte_size" BIGINT,
    "hops" INTEGER NOT NULL,
    "chain" TEXT[],

    CONSTRAINT "weight_pkey" PRIMARY KEY ("node_id","position")
);

-- CreateTable
CREATE TABLE "token" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "hint" TEXT NOT NULL,
    "scopes" TEXT[],
    "models" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "token_id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "version_id" UUID NOT NULL,
    "unchanged" BOOLEAN NOT NULL,
    "model_created" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("token_id","model_name","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "model_name_key" ON "model"("name");

-- CreateIndex
CREATE UNIQUE INDEX "model_latest_version_id_key" ON "model"("latest_version_id");

-- CreateIndex
CREATE INDEX "model_created_at_id_idx" ON "model"("created_at", "id");

-- CreateIndex
CREATE INDEX "model_updated_at_id_idx" ON "model"("updated_at", "id");

-- CreateIndex
CREATE INDEX "model_version_count_id_idx" ON "model"("version_count", "id");

-- CreateIndex
CREATE INDEX "model_tags_idx" ON "model" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "version_model_name_number_id_idx" ON "version"("model_name", "number", "id");

-- CreateIndex
CREATE INDEX "version_artifact_digest_idx" ON "version"("artifact_digest");

-- CreateIndex
CREATE INDEX "version_inspection_id_idx" ON "version"("inspection_id");

-- CreateIndex
CREATE INDEX "version_created_at_id_idx" ON "version"("created_at", "id");

-- CreateIndex
CREATE INDEX "version_byte_size_id_idx" ON "version"("byte_size", "id");

-- CreateIndex
CREATE INDEX "version_node_count_id_idx" ON "version"("node_count", "id");

-- CreateIndex
CREATE INDEX "version_stored_elements_id_idx" ON "version"("stored_elements", "id");

-- CreateIndex
CREATE INDEX "version_model_params_id_idx" ON "version"("model_params", "id");

-- CreateIndex
CREATE INDEX "version_recurrent_per_use_id_idx" ON "version"("recurrent_per_use", "id");

-- CreateIndex
CREATE INDEX "version_recurrent_distinct_id_idx" ON "version"("recurrent_distinct", "id");

-- CreateIndex
CREATE INDEX "version_recurrent_effective_id_idx" ON "version"("recurrent_effective", "id");

-- CreateIndex
CREATE INDEX "version_labels_idx" ON "version" USING GIN ("labels");

-- CreateIndex
CREATE UNIQUE INDEX "version_model_id_number_key" ON "version"("model_id", "number");

-- CreateIndex
CREATE INDEX "alias_version_id_idx" ON "alias"("version_id");

-- CreateIndex
CREATE UNIQUE INDEX "alias_model_id_name_key" ON "alias"("model_id", "name");

-- CreateIndex
CREATE INDEX "artifact_upload_token_id_idx" ON "artifact_upload"("token_id");

-- CreateIndex
CREATE INDEX "version_external_data_artifact_digest_idx" ON "version_external_data"("artifact_digest");

-- CreateIndex
CREATE UNIQUE INDEX "inspection_artifact_digest_inspection_version_key" ON "inspection"("artifact_digest", "inspection_version");

-- CreateIndex
CREATE INDEX "recurrent_node_op_type_hidden_size_idx" ON "recurrent_node"("op_type", "hidden_size");

-- CreateIndex
CREATE INDEX "recurrent_node_verdict_idx" ON "recurrent_node"("verdict");

-- CreateIndex
CREATE UNIQUE INDEX "recurrent_node_inspection_id_position_key" ON "recurrent_node"("inspection_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "token_hash_key" ON "token"("hash");

-- CreateIndex
CREATE INDEX "token_created_at_id_idx" ON "token"("created_at", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "model" ADD CONSTRAINT "model_latest_version_id_fkey" FOREIGN KEY ("latest_version_id") REFERENCES "version"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version" ADD CONSTRAINT "version_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version" ADD CONSTRAINT "version_artifact_digest_fkey" FOREIGN KEY ("artifact_digest") REFERENCES "artifact"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version" ADD CONSTRAINT "version_inspection_id_fkey" FOREIGN KEY ("inspection_id") REFERENCES "inspection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alias" ADD CONSTRAINT "alias_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alias" ADD CONSTRAINT "alias_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "artifact_upload" ADD CONSTRAINT "artifact_upload_artifact_digest_fkey" FOREIGN KEY ("artifact_digest") REFERENCES "artifact"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "artifact_upload" ADD CONSTRAINT "artifact_upload_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version_external_data" ADD CONSTRAINT "version_external_data_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version_external_data" ADD CONSTRAINT "version_external_data_artifact_digest_fkey" FOREIGN KEY ("artifact_digest") REFERENCES "artifact"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "inspection" ADD CONSTRAINT "inspection_artifact_digest_fkey" FOREIGN KEY ("artifact_digest") REFERENCES "artifact"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recurrent_node" ADD CONSTRAINT "recurrent_node_inspection_id_fkey" FOREIGN KEY ("inspection_id") REFERENCES "inspection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "weight" ADD CONSTRAINT "weight_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "recurrent_node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

