-- Which registry this is, in one row that the first start makes: not here, since the template of new embedded databases has all migrations.
-- CreateTable
CREATE TABLE "registry" (
    "id" UUID NOT NULL,

    CONSTRAINT "registry_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "registry_one_row" ON "registry"((TRUE));
