"""Architectures: sizes, parameters, operations and receptive fields.

Every number is computed from the operators' shape rules and definitions; the steps are those of the count itself.
Operations are multiply-accumulates: an inner product of length $n$ counts $n$.
"""

from itertools import pairwise

import symderiv as sd
from symderiv.counting import Conv2d, DepthwiseConv2d, Flatten, Linear, MaxPool2d, Parallel, Sequential, solve_padding

H, W, C = sd.dims("H W C")


# ------------------------------------------------------------------ stacks of convolutions

@sd.derivation("The shape after a stack of five layers, layer by layer", question="000.3")
def shape_after_five_layers(shape=(4, 37, 37)):
    """Three convolutions and two max pools follow each other, with the filters, strides and paddings of the table.  Which
    shape has the output?
    """
    stack = Sequential(Conv2d(8, 7, stride=2, padding=2), MaxPool2d(2), Conv2d(16, 5, stride=2, padding=1),
                       Conv2d(16, 3, padding=1), MaxPool2d(2))
    table = stack.table(shape)
    channels, height, width = shape
    y = sd.tensor("x", 1, channels, height, width)
    for n, row in enumerate(table):
        if row.layer.startswith("Conv2d"):
            kernel = sd.tensor(f"W_{n + 1}", row.kind.out_channels, y.shape[1], *row.kernel)
            y = sd.conv2d(y, kernel, stride=row.kind.stride, padding=row.kind.padding)
        else:
            y = sd.max_pool2d(y, row.kernel[0])
    return [table, table.explain(0),
            ("the operators themselves, on declared tensors, have an output of this shape", table.output, y.shape[1:])]


@sd.derivation("One convolution: $(n - F)/S + 1$ positions along each side", question="001.2")
def shape_of_one_convolution(shape=(3, 32, 32), filters=8, kernel=3):
    """A convolution without padding slides its filters over a map of the given shape, one step at a time.  Which shape
    has its output, in the order filters, width, height?
    """
    symbolic = Conv2d(filters, kernel).table((shape[0], H, W))
    table = Conv2d(filters, kernel).table(shape)
    return [symbolic, table, ("the general result at these sizes", symbolic.subs(H=shape[1], W=shape[2]).output,
                              table.output)]


@sd.derivation("A wide convolution, and the same as depthwise and pointwise: shapes, parameters, operations",
               question="001.5")
def depthwise_separable(shape=(3, 227, 227), filters=64, kernel=11, stride=4, padding=2):
    """What are the shape of the output, the number of learnable parameters with biases, and the number of operations of
    this convolution?  And the parameters and operations if each channel is first convolved on its own, and then a
    convolution with kernels of size one makes the same shape?
    """
    whole = Sequential(Conv2d(filters, kernel, stride=stride, padding=padding)).table(shape)
    apart = Sequential(DepthwiseConv2d(kernel, stride=stride, padding=padding), Conv2d(filters, 1)).table(shape)
    channels, positions = shape[0], whole.output[1] * whole.output[2]
    return [whole, whole.explain(0), apart,
            ("both make the same shape", whole.output, apart.output),
            ("a kernel and a bias for each filter", whole.params, filters * (kernel ** 2 * channels + 1)),
            ("at each position, each filter takes one inner product over its window", whole.flops,
             filters * positions * kernel ** 2 * channels),
            ("the separable convolution saves this many operations", whole.flops - apart.flops)]


@sd.derivation("Convolution, pooling, convolution on an image: the size of the output, the parameters of the last layer",
               question="002.4.1")
def image_network(shape=(3, 128, 128)):
    """An image goes through 32 kernels of size 8 with stride 2 and padding 3, a pool of size 2 that does not overlap, and
    64 kernels of size 3 with padding 1.  How many scalars has the output?
    """
    table = Sequential(Conv2d(32, 8, stride=2, padding=3), MaxPool2d(2), Conv2d(64, 3, padding=1, bias=False)).table(shape)
    channels, height, width = table.output
    return [table, table.explain(0), ("the number of scalars of the output", table.entries, channels * height * width)]


@sd.derivation("Parameters of a convolution without biases: the entries of its kernels", question="002.4.2")
def parameters_of_the_last_layer(channels=32, filters=64, kernel=3):
    r"""How many parameters has the last layer, biases left out?

    The printed solution also calls $32 \times 32 \times 32$ the number of parameters of this layer; that is the shape of its
    input.  The number it then boxes is right.
    """
    table = Sequential(Conv2d(filters, kernel, padding=1, bias=False)).table((channels, H, W))
    return [table, table.explain(0), (table.params, kernel * kernel * channels * filters)]


# ------------------------------------------------------------------ dense networks

def dense(sizes):
    """Linear layers without biases from size to size."""
    return Sequential(*(Linear(size, bias=False, name=name) for size, name in zip(sizes[1:], ("H-1", "H-2", "O"),
                                                                                  strict=False)))


@sd.derivation("A dense network: the parameters of its layers and in all", question="003.1")
def dense_network(sizes=(1200, 500, 750, 25)):
    """A network without biases has as many inputs, hidden nodes and outputs as the table says.  What is the size of the
    feature space, how many parameters has each layer, and how many has the network?

    The feature space has one dimension for each input node.
    """
    table = dense(sizes).table((sizes[0],))
    products = [a * b for a, b in pairwise(sizes)]
    return [table, ("layer by layer, inputs times outputs", [row.params for row in table], products),
            ("in all", table.params, sum(products)),
            sd.misprint("solution (e): 600,000 and 375,000 and 18,750 are added wrongly",
                        dense((1200, 500, 750, 25)).table((1200,)).params, 453_750)]


@sd.derivation(r"The equation of the network is $\tanh(W_O\tanh(W_2\tanh(W_1 I)))$", question="003.1f")
def dense_network_equation():
    """Write the equation of the network when every layer ends with tanh."""
    n, h1, h2, m = sd.dims("n h_1 h_2 m")
    inputs, W1, W2 = sd.tensor("I", n), sd.tensor("W_1", h1, n), sd.tensor("W_2", h2, h1)
    output = sd.tanh(sd.tensor("W_O", m, h2) @ sd.tanh(W2 @ sd.tanh(W1 @ inputs)))
    table = dense((n, h1, h2, m)).table((n,))
    return [("the output", output), ("its shape is that of the table", output.shape, table.output)]


# ------------------------------------------------------------------ a convolutional classifier

@sd.derivation("A convolutional classifier: input, kernel, output and parameters of every layer", question="003.3")
def convolutional_classifier(size=256, classes=10):
    r"""Fill in the table of a network that classifies images into ten classes.

    The line on Conv-1 is missing from the sheet, and the handwriting of its row is not legible.  What the next row reads
    is $256 \times 256 \times 128$; so Conv-1 is taken to have 128 filters of size 3 with padding 1.  FC-1 has as many nodes
    as the unwrapped layer before it, FC-2 one for each class.  Convolutions and dense layers are taken to have biases.
    """
    features = Sequential(Conv2d(128, 3, padding=1, name="Conv-1"), Conv2d(64, 5, stride=2, padding=2, name="Conv-2"),
                          Conv2d(128, 7, stride=2, name="Conv-3"), MaxPool2d(2, name="Pool-1"),
                          Conv2d(64, 7, name="Conv-4"), Conv2d(128, 7, name="Conv-5"), Flatten(name="Unwrap"))
    unwrapped = features.table((3, size, size)).output[0]
    table = Sequential(features, Linear(unwrapped, name="FC-1"), Linear(classes, name="FC-2")).table((3, size, size))
    fc1, fc2 = table["FC-1"], table["FC-2"]
    return [table, table.explain("Conv-3"),
            ("FC-1, biases among them", fc1.params, unwrapped * unwrapped + unwrapped),
            ("FC-2, biases among them", fc2.params, unwrapped * classes + classes)]


# ------------------------------------------------------------------ Inception

def inception(one=64, reduce3=96, three=128, reduce5=16, five=32, after_pool=32, bias=False):
    """The module with bottlenecks: four paths side by side, joined along the channels."""
    return Parallel(Conv2d(one, 1, bias=bias, name="1x1"),
                    Sequential(Conv2d(reduce3, 1, bias=bias, name="1x1 before 3x3"),
                               Conv2d(three, 3, padding="same", bias=bias, name="3x3")),
                    Sequential(Conv2d(reduce5, 1, bias=bias, name="1x1 before 5x5"),
                               Conv2d(five, 5, padding="same", bias=bias, name="5x5")),
                    Sequential(MaxPool2d(3, stride=1, padding=1, name="pool"),
                               Conv2d(after_pool, 1, bias=bias, name="1x1 after pool")))


def naive_inception(one, three, five, bias=False):
    """The module without bottlenecks."""
    return Parallel(Conv2d(one, 1, bias=bias, name="1x1"), Conv2d(three, 3, padding="same", bias=bias, name="3x3"),
                    Conv2d(five, 5, padding="same", bias=bias, name="5x5"),
                    MaxPool2d(3, stride=1, padding=1, name="pool"))


@sd.derivation("The parameters of an Inception module add up over its four paths", question="000.4")
def inception_parameters(channels=192):
    """An input with 192 channels goes along the four paths of an Inception module without biases.  How many parameters has
    the module?  The sizes of the map do not matter.
    """
    table = inception().table((channels, H, W))
    products = [channels * 64, channels * 96, 96 * 128 * 3 * 3, channels * 16, 16 * 32 * 5 * 5, channels * 32]
    return [table, ("kernel by kernel", [row.params for row in table if row.params], products),
            ("in all", table.params, sum(products))]


@sd.derivation("Padding 1 keeps the size under a kernel of 3, padding 2 under a kernel of 5: $P = (F - 1)/2$",
               question="003.4b")
def padding_that_keeps_the_size(size=128):
    """Which paddings let the convolutions with kernels of size 3 and 5 keep the height and width?"""
    pairs = []
    for kernel in (3, 5):
        padding = solve_padding(size, kernel)
        kept = Conv2d(1, kernel, padding=padding).table((1, size, size)).output
        pairs.append((f"kernel {kernel}, padding {padding}: the shape stays", kept, (1, size, size)))
    return pairs


@sd.derivation("The Inception module, layer by layer: sizes, operations and parameters", question="003.4b")
def inception_module(shape=(512, 128, 128)):
    r"""On a map of $128 \times 128$ with 512 channels, the $1 \times 1$ convolutions at the bottom have 64 filters, the one
    at the top has 512, the $3 \times 3$ convolution 128 and the $5 \times 5$ convolution 64.  What are the output sizes, the
    operations and the parameters of each part and of the whole?

    The pool compares and does not multiply, so it counts nothing; the sheet counts its comparisons and calls them
    negligible.
    """
    sizes = {"one": 512, "reduce3": 64, "three": 128, "reduce5": 64, "five": 64, "after_pool": 64}
    table = inception(**sizes).table(shape)
    sheet = inception(**sizes).table((512, 128, 128), also="pooling")
    return [table, table.explain("5x5"),
            ("the operations add up over the layers", table.flops, sum(row.flops for row in table)),
            sd.misprint("solution, F, the operations of the 5x5 convolution: twice too many", sheet["5x5"].flops,
                        3_355_443_200),
            sd.misprint("solution, H, the sum, which carries F on (with the comparisons of the pool)",
                        sheet.flops, 10_544_480_256)]


@sd.derivation("The naive module needs several times the operations and parameters of the one with bottlenecks",
               question="003.4c")
def naive_inception_module(shape=(512, 128, 128)):
    r"""How many operations and parameters has the naive module, with the convolutions directly on the input?  Why is the
    other one more efficient?

    The depth of the naive $1 \times 1$ convolution cannot be read from the figure; the printed solution calculates with 64,
    and so does this page.  A large kernel pays for every channel that it reads: it reads 512 here, and 64 behind a
    bottleneck, which itself costs a kernel of size 1.
    """
    naive = naive_inception(64, 128, 64).table(shape)
    lean = inception(512, 64, 128, 64, 64, 64).table(shape)
    sheet = naive_inception(64, 128, 64).table((512, 128, 128), also="pooling")
    times = shape[0] // 64
    return [naive, ("operations: naive over lean", round(naive.flops / lean.flops, 3)),
            ("parameters: naive over lean", round(naive.params / lean.params, 3)),
            *((f"the {name} convolution reads {times} times the channels and needs so many times as much",
               (naive[name].flops, naive[name].params), (times * lean[name].flops, times * lean[name].params))
              for name in ("3x3", "5x5")),
            sd.misprint("solution, O, the operations of the naive 5x5 convolution: twice too many", sheet["5x5"].flops,
                        26_843_545_600),
            sd.misprint("solution, Q, the sum, which carries O on (with the comparisons of the pool)",
                        sheet.flops, 37_119_590_400)]


@sd.derivation("An Inception module sends its input along four paths and puts their channels behind each other",
               question="003.4a")
def inception_paths(shape=(512, 128, 128)):
    r"""Describe the Inception module.

    Four paths read the same input: a $1 \times 1$ convolution; a $1 \times 1$ convolution that reduces the channels, then a
    $3 \times 3$ one; the same with a $5 \times 5$ one; and a max pool of stride 1, then a $1 \times 1$ convolution.  So the
    module sees at several scales at once.  All paths keep height and width; only so can their outputs be put behind each
    other as channels.
    """
    table = inception(512, 64, 128, 64, 64, 64).table(shape)
    ends = [table[name] for name in ("1x1", "3x3", "5x5", "1x1 after pool")]
    return [("the height and width after every path", [row.output[1:] for row in ends], [shape[1:]] * len(ends)),
            ("the channels add up", table.output[0], sum(row.output[0] for row in ends)),
            ("what an entry of the output sees, path by path", tuple(str(row.receptive_field) for row in ends))]


@sd.derivation("A bottleneck of $r$ channels saves parameters wherever $r < C k^2 F/(C + k^2 F)$", question="003.4d")
def parameters_of_a_bottleneck():
    r"""How does the Inception module differ from the naive one in the number of parameters?

    The naive module reads all $C$ channels with every kernel: $C k^2 F$ parameters for $F$ filters of size $k$.  Behind a
    bottleneck of $r$ channels there are $Cr + r k^2 F = r\,(C + k^2 F)$, whose larger part no longer grows with $C$.
    With the numbers of the module, the kernel of size 5 gains most, and a bottleneck before a kernel of size 1 could
    gain little.
    """
    r, F, k = sd.dims("r F k")
    direct = Conv2d(F, k, bias=False).table((C, H, W)).params
    lean = Sequential(Conv2d(r, 1, bias=False), Conv2d(F, k, bias=False)).table((C, H, W)).params
    kept = {C: 512, r: 64}
    shares = [(size, lean.xreplace(kept | {F: filters, k: size}) / direct.xreplace(kept | {F: filters, k: size}))
              for size, filters in ((1, 64), (3, 128), (5, 64))]
    return [("naive", direct, C * k**2 * F), ("behind a bottleneck", lean, r * (C + k**2 * F)),
            *((rf"what is left of the parameters with kernels of size {size}, for $C = 512$ and $r = 64$", share)
              for size, share in shares)]


@sd.derivation(r"Two $3 \times 3$ convolutions cost $18/25$ of one $5 \times 5$ convolution and see as much",
               question="004.OT1")
def two_small_kernels():
    r"""Two $3 \times 3$ convolutions after each other cover a region of $5 \times 5$ in the input.  Compare their multiplies
    and parameters with those of one $5 \times 5$ convolution, for any number of channels.
    """
    small = Sequential(Conv2d(C, 3, padding="same", bias=False), Conv2d(C, 3, padding="same", bias=False)).table((C, H, W))
    large = Sequential(Conv2d(C, 5, padding="same", bias=False)).table((C, H, W))
    return [small, large, ("they see the same region", small.receptive_field, large.receptive_field),
            ("multiplies", 25 * small.flops, 18 * large.flops), ("parameters", 25 * small.params, 18 * large.params)]


@sd.derivation("The sizes of all maps of an architecture", question="004.T2")
def sizes_of_all_maps(shape=(3, 224, 224)):
    r"""Determine the size of every map in an architecture.

    The figure of this question is missing from the text of the sheet.  The method is shown on an architecture of our
    own: two blocks in the manner of an Inception network, one with a $5 \times 5$ convolution and one with two $3 \times 3$
    convolutions instead, between pools.
    """
    stem = Sequential(Conv2d(64, 7, stride=2, padding=3, name="stem"), MaxPool2d(3, stride=2, padding=1, name="pool"))
    block = Parallel(Sequential(Conv2d(32, 3, padding=1, name="A"), Conv2d(32, 3, padding=1, name="B")),
                     Conv2d(64, 1, name="C"), Conv2d(32, 5, padding=2, name="D"))
    table = Sequential(stem, block, MaxPool2d(2, name="last pool")).table(shape)
    symbolic = Sequential(stem, block, MaxPool2d(2, name="last pool")).table((shape[0], H, W))
    return [table, symbolic, ("the map after B has the size of that after D", table["B"].output, table["D"].output),
            ("the general sizes at these numbers", symbolic.subs(H=shape[1], W=shape[2]).output, table.output)]
