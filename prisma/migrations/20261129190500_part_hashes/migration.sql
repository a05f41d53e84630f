CREATE TABLE "artifact_parts" (
    "artifact_digest" TEXT NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "artifact_parts_pkey" PRIMARY KEY ("artifact_digest")
);

-- Hashes do not compress, and of a large one only those of a range are read.
ALTER TABLE "artifact_parts" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;

ALTER TABLE "artifact_parts" ADD CONSTRAINT "artifact_parts_artifact_digest_fkey" FOREIGN KEY ("artifact_digest") REFERENCES "artifact"("digest") ON DELETE CASCADE ON UPDATE CASCADE;
