# An independent counter, over Python's onnx: reads paths of files from standard input, one a line, and prints a line of JSON for each:
# nodes, stored elements, and the dims of W, R, B and P of every recurrent node as far as an initializer or a Constant gives them, also
# through functions and from outer graphs. Knows nothing of the reader; what it does not resolve is null.
import json
import math
import sys

import onnx

ROLES = {'LSTM': {1: 'W', 2: 'R', 3: 'B', 7: 'P'}, 'GRU': {1: 'W', 2: 'R', 3: 'B'}, 'RNN': {1: 'W', 2: 'R', 3: 'B'}}
UNKNOWN = object()


def is_default(domain):
    return domain in ('', 'ai.onnx')


def bodies(node):
    for attribute in node.attribute:
        if attribute.HasField('g'):
            yield attribute.g
        yield from attribute.graphs


def constant_dims(node):
    """Of what a Constant holds: its dims, and how many elements of it are stored."""
    for attribute in node.attribute:
        if attribute.HasField('t'):
            return list(attribute.t.dims), math.prod(attribute.t.dims)
        if attribute.HasField('sparse_tensor'):
            return list(attribute.sparse_tensor.dims), math.prod(attribute.sparse_tensor.values.dims)
        if attribute.name in ('value_float', 'value_int', 'value_string') and not attribute.ref_attr_name:
            return [], 1
        for values in (attribute.floats, attribute.ints, attribute.strings):
            if attribute.name in ('value_floats', 'value_ints', 'value_strings') and len(values) > 0:
                return [len(values)], len(values)
    return None


def is_constant(node):
    return node.op_type == 'Constant' and is_default(node.domain)


def count(graph):
    """Nodes and stored elements of a graph or function and of all graphs inside it."""
    nodes, stored = len(graph.node), 0
    for tensor in getattr(graph, 'initializer', []):
        stored += math.prod(tensor.dims)
    for sparse in getattr(graph, 'sparse_initializer', []):
        stored += math.prod(sparse.values.dims)
    for node in graph.node:
        held = constant_dims(node) if is_constant(node) else None
        stored += held[1] if held else 0
        for body in bodies(node):
            inner = count(body)
            nodes, stored = nodes + inner[0], stored + inner[1]
    return nodes, stored


def names_of(graph):
    """What each name of one graph stands for: dims, or that it is there and not resolved."""
    names = {}
    for value in getattr(graph, 'input', []):
        names[value if isinstance(value, str) else value.name] = UNKNOWN
    for node in graph.node:
        held = constant_dims(node) if is_constant(node) else None
        for output in node.output:
            names[output] = held[0] if held else UNKNOWN
    for sparse in getattr(graph, 'sparse_initializer', []):
        names[sparse.values.name] = list(sparse.dims)
    for tensor in getattr(graph, 'initializer', []):
        names[tensor.name] = list(tensor.dims)
    return names


def recurrent(graph, scopes, functions, depth, found):
    scopes = [names_of(graph), *scopes]

    def dims_of(name):
        for names in scopes:
            if name in names:
                return names[name]
        return UNKNOWN

    for node in graph.node:
        body = functions.get((node.domain, node.op_type))
        if body is not None:
            if depth >= 100:
                raise RecursionError('functions that call themselves')
            given = dict(zip(body.input, (dims_of(name) for name in node.input)))
            called = {'graph': body, 'given': given}
            recurrent_in_function(called, functions, depth + 1, found)
            continue
        if node.op_type in ROLES and is_default(node.domain):
            dims = {'W': None, 'R': None, 'B': None, 'P': None}
            for place, role in ROLES[node.op_type].items():
                name = node.input[place] if place < len(node.input) else ''
                known = dims_of(name) if name else UNKNOWN
                dims[role] = None if known is UNKNOWN else known
            found.append({'opType': node.op_type, 'dims': dims})
        for inner in bodies(node):
            recurrent(inner, scopes, functions, depth, found)


def recurrent_in_function(called, functions, depth, found):
    body = onnx.FunctionProto()
    body.CopyFrom(called['graph'])
    del body.input[:]
    recurrent(body, [called['given']], functions, depth, found)


def weigh(path):
    model = onnx.load(path, load_external_data=False)
    functions = {(f.domain, f.name): f for f in model.functions}
    nodes, stored = count(model.graph)
    for function in model.functions:
        inner = count(function)
        nodes, stored = nodes + inner[0], stored + inner[1]
    found = []
    recurrent(model.graph, [], functions, 0, found)
    return {'nodes': nodes, 'storedElements': stored, 'recurrentNodes': found}


for line in sys.stdin:
    path = line.rstrip('\n')
    try:
        answer = weigh(path)
    except Exception as error:
        answer = {'error': f'{type(error).__name__}: {error}'[:300]}
    print(json.dumps({'file': path, **answer}), flush=True)
