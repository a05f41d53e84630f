/**
 * Everything odd that an inspection warns of in a file that it can read all the same: the code and what it means. Must never hold
 * what stops a file from being read: that is an error (errors.ts). docs/counting.md lists the same codes; a test compares the two.
 */

/** The code, and what it says of the file and of the figures. */
export const WARNING_MEANINGS = {
  EXTERNAL_DATA:
    'The values of a tensor are in another file, which was not read: its shape counts, its content is not known.',
  EXTERNAL_DATA_RANGE: 'A tensor refers to bytes that its external data file does not have.',
  EXTERNAL_DATA_UNCLAIMED:
    'An external data file has bytes that no tensor of the model uses, beyond what aligns offsets.',
  PAYLOAD_MISMATCH:
    'A tensor has more or fewer values than its dims and type need, or has them twice: its dims count, unless the file claims more than eight elements for each of its bytes. Or packed weights are not of the size that their node says: how many there are is not known.',
  WEIGHTS_UNKNOWN:
    'What may be learned parameters is in no figure: more than 1,024 integers or flags that become numbers in a way that the reader does not know, more than 1,024 values in the attributes of an operator, or weights that the caller gives as inputs. There may be more learned parameters than are counted.',
  ZERO_SIZE: 'A tensor of two or more dims has a dim of 0 and holds nothing.',
  DTYPE_UNKNOWN: 'A tensor has a data type that no ONNX release defines. Its elements count, its values are not read.',
  DTYPE_ODD: 'A recurrent node uses a tensor of texts or flags as a weight.',
  NAME_DUPLICATE:
    'Two initializers of a graph have the same name: nodes use the last one, and both count as stored. Or two inputs have, or two outputs of the main graph.',
  OUTPUT_DUPLICATE:
    'Two nodes of a graph give the same name, or a node and an initializer or an input: the last node counts, or the initializer.',
  NAME_EMPTY: 'An initializer has no name, so nothing can use it.',
  NAME_CUT: 'Names over 1 KiB are shown by their beginning, a hash and their length.',
  NAME_ENCODING: 'Names that are not UTF-8, or look like a shortened one, are shown with a hash.',
  OP_TYPE_ODD: 'A node has no op type, or one that the operator set of ONNX itself does not have.',
  ATTRIBUTE_DUPLICATE: 'An attribute of a node is given twice: the first one counts.',
  ATTRIBUTE_TYPE:
    'An attribute holds something else than its type says, or values of two types, or one of a recurrent node has another type than in ONNX: sizes are taken from its tensors.',
  INPUT_SIZE:
    'The input of a recurrent node has another number of features than its W takes, or not three dims, as far as that is known: the tensors count.',
  DIRECTION_UNKNOWN: 'The direction of a recurrent node is not one that ONNX defines.',
  LAYOUT_UNKNOWN: 'The layout of a recurrent node is neither 0 nor 1.',
  FUNCTION_DUPLICATE:
    'A function is defined twice: the last definition counts. Or it has the name of an operator of ONNX: the function counts.',
  FUNCTION_CYCLE: 'A function calls itself: the inner call is not followed, and nothing in it is counted again.',
  CELLS_CUT: 'Not all cells written out in small operators are listed; their totals count all.',
  CELLS_UNSEEN:
    'The model is too large to look everywhere for cells written out in small operators: there may be more.',
  CELL_UNCLEAR:
    'A recurrent layer is counted in no recurrent total: it is written out in small operators and the sizes of its matrices fit no cell that is known, or it is an operator that the reader does not know and whose name says LSTM, GRU or RNN.',
  OPSET_DUPLICATE: 'An operator set is imported more than once.',
  VERSION_ODD: 'The IR version, or the version of an operator set, is not one that ONNX has released.',
  TRAINING_INFO: 'The file holds graphs that only train the model: nothing in them is read or counted.',
  METADATA_PATHS: 'Doc strings or metadata properties hold absolute paths of a user’s folder.',
  METADATA_STACK_TRACES: 'Doc strings or metadata properties hold Python stack traces.',
} as const;
export type WarningCode = keyof typeof WARNING_MEANINGS;
export const WARNING_CODES = Object.keys(WARNING_MEANINGS) as WarningCode[];
