-- CreateTable
CREATE TABLE "resumable_upload" (
    "id" UUID NOT NULL,
    "token_id" UUID NOT NULL,
    "metadata" TEXT NOT NULL,
    "model_name" TEXT,
    "digest" TEXT,
    "byte_size" BIGINT NOT NULL,
    "received" BIGINT NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "stored_at" TIMESTAMPTZ(3),
    "held_by" UUID,
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "resumable_upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resumable_part" (
    "upload_id" UUID NOT NULL,
    "start" BIGINT NOT NULL,
    "byte_size" BIGINT NOT NULL,
    "name" UUID NOT NULL,

    CONSTRAINT "resumable_part_pkey" PRIMARY KEY ("upload_id","start")
);

-- CreateIndex
CREATE INDEX "resumable_upload_token_id_idx" ON "resumable_upload"("token_id");

-- CreateIndex
CREATE INDEX "resumable_upload_expires_at_idx" ON "resumable_upload"("expires_at");

-- AddForeignKey
ALTER TABLE "resumable_upload" ADD CONSTRAINT "resumable_upload_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resumable_part" ADD CONSTRAINT "resumable_part_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "resumable_upload"("id") ON DELETE CASCADE ON UPDATE CASCADE;
