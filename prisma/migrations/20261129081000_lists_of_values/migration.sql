-- Half of the text of weights and tensors was names: a comparison reads thousands of them. In the order of src/registry/rows/kept-values.ts.
UPDATE "recurrent_node"
SET "weights" = (
  SELECT json_agg(json_build_array(
      w -> 'role', w -> 'source', w -> 'tensor', w -> 'dims', w -> 'dtype', w -> 'elements', w -> 'byteSize', w -> 'contentHash',
      w -> 'hops', w -> 'chain') ORDER BY "position")
  FROM json_array_elements("weights") WITH ORDINALITY AS "list"(w, "position"))
WHERE json_array_length("weights") > 0;

-- Before inspection version 4 nothing was said of params: each element of class weight was one.
UPDATE "inspection"
SET "tensors" = (
  SELECT json_agg(json_build_array(
      t -> 'name', t -> 'path', t -> 'class', t -> 'reason', t -> 'dims', t -> 'dtype', t -> 'elements',
      coalesce(t -> 'params', CASE WHEN t ->> 'class' = 'weight' THEN t -> 'elements' ELSE '0' END),
      t -> 'byteSize', t -> 'external', t -> 'contentHash', t -> 'bitsPerElement',
      (SELECT coalesce(json_agg(json_build_array(u -> 'path', u -> 'opType', u -> 'input') ORDER BY "place"), '[]')
        FROM json_array_elements(coalesce(t -> 'usedBy', '[]')) WITH ORDINALITY AS "uses"(u, "place")),
      t -> 'usedByCount') ORDER BY "position")
  FROM json_array_elements("tensors") WITH ORDINALITY AS "list"(t, "position"))
WHERE json_array_length("tensors") > 0;
