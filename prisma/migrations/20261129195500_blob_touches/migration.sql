-- CreateTable
CREATE TABLE "blob_touch" (
    "digest" TEXT NOT NULL,
    "touched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "blob_touch_pkey" PRIMARY KEY ("digest")
);
