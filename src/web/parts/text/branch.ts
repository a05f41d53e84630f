/** What a treemap shows: a tree whose leaves have sizes. */
export interface Branch {
  name: string;
  /** What stands in its box, where the name is too long for it. */
  label?: string;
  /** Of a leaf. */
  value?: number;
  children?: Branch[];
  /** 1 to 7: the colour of it and all below. */
  colour?: number;
}
