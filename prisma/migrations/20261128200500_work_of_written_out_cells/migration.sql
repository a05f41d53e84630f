-- Work and state count cells that are written out too. Of what was read before they are not known where there are such cells, or where
-- these were not looked for; `weighbridge reinspect` reads again.
UPDATE "inspection" SET "macs_per_step" = NULL, "state_bytes" = NULL
WHERE "decomposed_cell_count" > 0 OR "inspection_version" < 2;

UPDATE "version" v SET "macs_per_step" = NULL, "state_bytes" = NULL
FROM "inspection" i
WHERE i."id" = v."inspection_id" AND (i."decomposed_cell_count" > 0 OR i."inspection_version" < 2);
