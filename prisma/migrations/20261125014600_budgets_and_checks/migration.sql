-- CreateTable
CREATE TABLE "budget" (
    "id" UUID NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "scope" TEXT NOT NULL,
    "target" TEXT NOT NULL DEFAULT '',
    "metric" TEXT NOT NULL,
    "dtype" TEXT,
    "op_type" TEXT,
    "path" TEXT,
    "max" BIGINT,
    "max_increase_percent" DOUBLE PRECISION,
    "min_delta" BIGINT NOT NULL DEFAULT 0,
    "level" TEXT NOT NULL,
    "baseline" TEXT NOT NULL,
    "baseline_alias" TEXT,
    "baseline_version" INTEGER,
    "baseline_date" TIMESTAMPTZ(3),
    "on_unverifiable" TEXT NOT NULL,
    "reason" TEXT,
    "owner" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "budget_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budget_revision" (
    "budget_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "settings" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "by" TEXT NOT NULL,

    CONSTRAINT "budget_revision_pkey" PRIMARY KEY ("budget_id","revision")
);

-- CreateTable
CREATE TABLE "version_check" (
    "id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "version_number" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "made_by" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "line" TEXT NOT NULL,
    "inspection_version" INTEGER NOT NULL,
    "settings" JSONB NOT NULL,

    CONSTRAINT "version_check_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "check_finding" (
    "check_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "budget_id" UUID NOT NULL,
    "budget_revision" INTEGER NOT NULL,
    "metric" TEXT NOT NULL,
    "dtype" TEXT,
    "limit_kind" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "value" BIGINT,
    "exact" BOOLEAN NOT NULL,
    "limit_value" BIGINT,
    "percent" DOUBLE PRECISION,
    "base" JSONB,
    "base_value" BIGINT,
    "delta" BIGINT,
    "introduced" BIGINT,
    "inherited" BIGINT,
    "key" TEXT,
    "contributors" JSONB NOT NULL DEFAULT '[]',
    "versions" JSONB NOT NULL DEFAULT '[]',
    "message" TEXT NOT NULL,

    CONSTRAINT "check_finding_pkey" PRIMARY KEY ("check_id","position")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" UUID NOT NULL,
    "check_id" UUID NOT NULL,
    "model_id" UUID NOT NULL,
    "model_name" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "approved_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval_cover" (
    "approval_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,

    CONSTRAINT "approval_cover_pkey" PRIMARY KEY ("approval_id","key")
);

-- CreateIndex
CREATE INDEX "budget_scope_target_idx" ON "budget"("scope", "target");

-- CreateIndex
CREATE INDEX "budget_created_at_id_idx" ON "budget"("created_at", "id");

-- CreateIndex
CREATE INDEX "version_check_version_id_created_at_idx" ON "version_check"("version_id", "created_at");

-- CreateIndex
CREATE INDEX "version_check_model_id_created_at_id_idx" ON "version_check"("model_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "version_check_created_at_id_idx" ON "version_check"("created_at", "id");

-- CreateIndex
CREATE INDEX "version_check_outcome_created_at_id_idx" ON "version_check"("outcome", "created_at", "id");

-- CreateIndex
CREATE INDEX "check_finding_budget_id_outcome_idx" ON "check_finding"("budget_id", "outcome");

-- CreateIndex
CREATE INDEX "approval_check_id_idx" ON "approval"("check_id");

-- CreateIndex
CREATE INDEX "approval_model_id_created_at_id_idx" ON "approval"("model_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "approval_created_at_id_idx" ON "approval"("created_at", "id");

-- CreateIndex
CREATE INDEX "approval_cover_key_idx" ON "approval_cover"("key");

-- AddForeignKey
ALTER TABLE "budget_revision" ADD CONSTRAINT "budget_revision_budget_id_fkey" FOREIGN KEY ("budget_id") REFERENCES "budget"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version_check" ADD CONSTRAINT "version_check_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_finding" ADD CONSTRAINT "check_finding_check_id_fkey" FOREIGN KEY ("check_id") REFERENCES "version_check"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval" ADD CONSTRAINT "approval_check_id_fkey" FOREIGN KEY ("check_id") REFERENCES "version_check"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_cover" ADD CONSTRAINT "approval_cover_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE CASCADE ON UPDATE CASCADE;

