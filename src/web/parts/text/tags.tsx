/** Names in little boxes: tags of a model, labels and aliases of a version. They come from people, so they are text of any direction. */

export function Tags({ names, isAlias = false }: { names: readonly string[]; isAlias?: boolean }) {
  return names.map((name) => (
    <bdi key={name} className={isAlias ? 'tag alias' : 'tag'}>
      {name}
    </bdi>
  ));
}
