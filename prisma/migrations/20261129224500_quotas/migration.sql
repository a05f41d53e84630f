-- CreateTable
CREATE TABLE "quota" (
    "id" UUID NOT NULL,
    "models" TEXT NOT NULL,
    "name_like" TEXT NOT NULL,
    "name_slashes" INTEGER,
    "max_bytes" BIGINT NOT NULL,
    "used_bytes" BIGINT NOT NULL,

    CONSTRAINT "quota_pkey" PRIMARY KEY ("id")
);

-- Patterns are told apart without regard to case, as the names are that they are for.
CREATE UNIQUE INDEX "quota_models_lower_key" ON "quota"(lower("models" COLLATE "C"));
