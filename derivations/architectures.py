"""Architectures: sizes, parameters, operations and receptive fields.

Every number is computed from the operators' shape rules and definitions; the steps are those of the count itself.
Operations are multiply-accumulates: an inner product of length $n$ counts $n$.
"""

from itertools import pairwise
from math import prod

from sympy import Rational

import symderiv as sd
from symderiv.counting import Conv2d, DepthwiseConv2d, Flatten, Linear, MaxPool2d, Parallel, Sequential, solve_padding

H, W, C = sd.dims("H W C")


# ------------------------------------------------------------------ stacks of convolutions

@sd.derivation("The shape after a stack of five layers, layer by layer", question="000.3")
def shape_after_five_layers(shape=(4, 37, 37)):
    r"""An input of shape $(4, 37, 37)$ goes through (a) a convolution with 8 filters of $7 \times 7$, padding 2, stride 2;
    (b) a max pool of $2 \times 2$ with stride 2; (c) a convolution with 16 filters of $5 \times 5$, padding 1, stride
    2; (d) one with 16 filters of $3 \times 3$, padding 1, stride 1; (e) a max pool of $2 \times 2$ with stride 2. Which
    shape $(C, H, W)$ has the output?

    A window of size $F$ has $\lfloor (n + 2P - F)/S \rfloor + 1$ places on a side of length $n$ with padding $P$ and
    stride $S$.
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
    return [table.shown("input", "kernel", "output"), ("The output has the shape", table.output, y.shape[1:])]


@sd.derivation(r"One convolution: \((n - F)/S + 1\) positions along each side", question="001.2")
def shape_of_one_convolution(shape=(3, 32, 32), filters=8, kernel=3):
    r"""An input of shape $(3, 32, 32)$ goes through a convolution with 8 filters of width and height 3 and depth 3, with
    stride 1 and no padding.  Which shape has its output, in the order filters, width, height?
    """
    symbolic = Conv2d(filters, kernel).table((shape[0], H, W))
    table = Conv2d(filters, kernel).table(shape)
    return [table.shown("input", "kernel", "output"),
            ("The output has the shape", table.output, symbolic.subs(H=shape[1], W=shape[2]).output)]


@sd.derivation("A wide convolution, and the same as depthwise and pointwise: shapes, parameters, operations",
               question="001.5")
def depthwise_separable(shape=(3, 227, 227), filters=64, kernel=11, stride=4, padding=2):
    r"""A convolution reads 3 channels of $227 \times 227$ with 64 filters of $11 \times 11$, stride 4 and padding 2. (a)
    Which shape has its output? (b) How many learnable parameters has it, biases included? (c) How many operations does
    it take, an inner product of length $n$ counting $n$? (d), (e) And how many parameters and operations, if each
    channel is first convolved on its own, and a convolution with kernels of $1 \times 1$ then makes the same shape?
    """
    whole = Sequential(Conv2d(filters, kernel, stride=stride, padding=padding)).table(shape)
    apart = Sequential(DepthwiseConv2d(kernel, stride=stride, padding=padding), Conv2d(filters, 1)).table(shape)
    deep, wide = apart.rows
    F, k, C, width, height = sd.worked([filters, kernel, shape[0], *whole.output[1:]])
    one = sd.worked(1)
    places = [(side + 2 * sd.worked(padding) - k) // stride + one for side in map(sd.worked, shape[1:])]
    return [("(a) The window has this many places along a side", whole.output[1], places[0]),
            ("so the shape of the output is", whole.output, (filters, *(place.value for place in places))),
            sd.tested(whole.output, apart.output),
            ("(b) A kernel and a bias for each filter", whole.params, F * (k * k * C + one)),
            ("(c) At each position each filter takes one inner product over its window", whole.flops,
             F * width * height * k * k * C),
            ("(d) A kernel and a bias for each channel", deep.params, C * (k * k + one)),
            ("then for each filter", wide.params, F * (C + one)),
            ("together", apart.params, sd.worked(deep.params) + sd.worked(wide.params)),
            ("(e) Over the window of one channel", deep.flops, C * width * height * k * k),
            ("then over the channels", wide.flops, F * width * height * C),
            ("together", apart.flops, sd.worked(deep.flops) + sd.worked(wide.flops)),
            sd.another_way("Layer by layer, the one and the two", [whole, apart])]


@sd.derivation("Convolution, pooling, convolution on an image: the number of scalars of the output",
               question="002.4.1")
def image_network(shape=(3, 128, 128)):
    r"""A colour image of $128 \times 128$ goes through 32 kernels of $8 \times 8$ with stride 2 and padding 3, a max pool of
    $2 \times 2$ that does not overlap, and 64 kernels of $3 \times 3$ with stride 1 and padding 1.  How many scalars has the
    output of the last layer?
    """
    table = Sequential(Conv2d(32, 8, stride=2, padding=3), MaxPool2d(2), Conv2d(64, 3, padding=1, bias=False)).table(shape)
    return [table.shown("input", "kernel", "output"),
            ("The number of scalars of the output", table.entries, prod(map(sd.worked, table.output)))]


@sd.derivation("Parameters of a convolution without biases: the entries of its kernels", question="002.4.2")
def parameters_of_the_last_layer(channels=32, filters=64, kernel=3):
    r"""How many parameters has the last layer of this network, 64 kernels of $3 \times 3$ on 32 channels, without biases?

    Each kernel has an entry for every channel and every place of its window.
    """
    table = Sequential(Conv2d(filters, kernel, padding=1, bias=False)).table((channels, H, W))
    return [("Kernels, times channels, times places", table.params,
             sd.worked(filters) * channels * kernel * kernel)]


# ------------------------------------------------------------------ dense networks

def dense(sizes):
    """Linear layers without biases from size to size."""
    return Sequential(*(Linear(size, bias=False, name=name) for size, name in zip(sizes[1:], ("H-1", "H-2", "O"),
                                                                                  strict=False)))


@sd.derivation("A dense network: the parameters of its layers and in all", question="003.1")
def dense_network(sizes=(1200, 500, 750, 25)):
    """A dense network has 1200 inputs, hidden layers H-1 of 500 and H-2 of 750 nodes, and an output layer O of 25 nodes.
    (a) What is the size of the feature space? How many parameters, without biases, have (b) H-1, (c) H-2, (d) O, and
    (e) the whole network?

    Every node of a layer has one weight for each node of the layer before it.
    """
    table = dense(sizes).table((sizes[0],))
    products = [sd.worked(b) * a for a, b in pairwise(sizes)]
    return [("(a) One dimension for each input node", sizes[0]),
            *((f"({part}) {row.layer}, nodes times nodes before it", row.params, product)
              for part, row, product in zip("bcd", table, products, strict=False)),
            ("(e) In all", table.params, sum(sd.worked(row.params) for row in table))]


@sd.derivation(r"The equation of the network is $\tanh(W_O\tanh(W_2\tanh(W_1 I)))$", question="003.1f")
def dense_network_equation():
    r"""A dense network has 1200 inputs $I$, hidden layers H-1 of 500 and H-2 of 750 nodes, and an output layer O of 25
    nodes.  Write its equation when H-1, H-2 and O end with tanh.

    The weights are matrices: $W_1$ is $500 \times 1200$, $W_2$ is $750 \times 500$ and $W_O$ is $25 \times 750$.
    """
    n, h1, h2, m = sizes = (1200, 500, 750, 25)
    inputs, W1, W2 = sd.tensor("I", n), sd.tensor("W_1", h1, n), sd.tensor("W_2", h2, h1)
    output = sd.tanh(sd.tensor("W_O", m, h2) @ sd.tanh(W2 @ sd.tanh(W1 @ inputs)))
    first, second = sd.define("H_1", sd.tanh(W1 @ inputs)), sd.tensor("W_O", m, h2)
    layers = sd.tanh(second @ sd.define("H_2", sd.tanh(W2 @ first)))
    return [("Layer by layer, the equation is $O$", output), sd.tested(output, layers),
            ("$O$ has as many entries as there are output nodes", output.shape, dense(sizes).table((n,)).output)]


# ------------------------------------------------------------------ a convolutional classifier

@sd.derivation("A convolutional classifier: input, kernel, output and parameters of every layer", question="003.3")
def convolutional_classifier(size=256, classes=10):
    r"""Fill in the table (input, kernel, output, number of parameters of every layer) of a network that classifies images of
    $256 \times 256 \times 3$ into ten classes: Conv-2 with 64 filters of $5 \times 5$, stride 2, padding 2; Conv-3 with 128
    filters of $7 \times 7$, stride 2; Pool-1, a max pool of $2 \times 2$ with stride 2; Conv-4 with 64 filters of $7
    \times 7$; Conv-5 with 128 filters of $7 \times 7$; FC-1, of the size of the unwrapped layer before it, and FC-2.  Where
    nothing is said, the stride is 1 and there is no padding.

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
    return [table.shown("input", "kernel", "output", "parameters", channels_last=True),
            sd.tested(fc1.params, unwrapped * unwrapped + unwrapped),
            sd.tested(fc2.params, unwrapped * classes + classes)]


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
    r"""An input with 192 channels goes along the four paths of an Inception module without biases: (a) $1 \times 1$ with 64
    filters; (b) $1 \times 1$ with 96, then $3 \times 3$ with 128; (c) $1 \times 1$ with 16, then $5 \times 5$ with 32;
    (d) a max pool, then $1 \times 1$ with 32.  How many parameters has the module?

    The sizes $H$ and $W$ of the map do not matter; nor does the window of the pool, which the sheet does not give and which
    has no parameters.
    """
    table = inception().table((channels, H, W))
    return [table.shown("input", "kernel", "output", "parameters"),
            ("In all", table.params, sum(sd.worked(row.params) for row in table if row.params))]


@sd.derivation("A kernel of odd size $F$ keeps the size of its input under the padding $P = (F - 1)/2$", question="003.4b")
def padding_that_keeps_the_size(size=128):
    r"""1. Which paddings let the $3 \times 3$ and the $5 \times 5$ convolution of an Inception module keep height and width?

    With stride 1 a window of size $F$ has $n + 2P - F + 1$ places on a side of length $n$.  They are $n$ for
    $2P = F - 1$.
    """
    n, half = sd.dims("n p")
    F = 2 * half + 1
    general = Conv2d(1, F, padding=half).table((1, n, n)).output[1]
    solved = [(F_, solve_padding(size, F_)) for F_ in (3, 5)]
    return [("For any $n$ and any odd $F = 2p + 1$, padding $P = (F - 1)/2$, here $p$, makes the number of places",
             general, n),
            *(shown for F_, P in solved for shown in (
                (f"A kernel of size {F_} needs the padding $P$", P, (sd.worked(F_) - 1) / 2),
                (f"which leaves, of a side of {size}", Conv2d(1, F_, padding=P).table((1, size, size)).output[1],
                 sd.worked(size) + sd.worked(2) * P - F_ + 1)))]


@sd.derivation("The Inception module, layer by layer: sizes, operations and parameters", question="003.4b")
def inception_module(shape=(512, 128, 128)):
    r"""On a map of $128 \times 128$ with 512 channels, the $1 \times 1$ convolutions at the bottom have 64 filters, the one
    at the top has 512, the $3 \times 3$ convolution 128 and the $5 \times 5$ convolution 64.  What are the output sizes, the
    operations and the parameters of each module, and those of the whole?

    The figure is missing from the text of the sheet: the one at the top is taken to be the path with nothing but a
    $1 \times 1$ convolution; were it the one behind the pool, the sums would be the same.  The rows of the table answer 2.
    (output sizes, which stand on the graph too), 3. (operations, as multiply-adds) and 4. (parameters) for each module.
    The pool compares and does not multiply, so it counts nothing.
    """
    sizes = {"one": 512, "reduce3": 64, "three": 128, "reduce5": 64, "five": 64, "after_pool": 64}
    table, compared = inception(**sizes).table(shape), inception(**sizes).table(shape, also="pooling")
    shown = table.shown("input", "kernel", "output", "operations", "parameters", channels_last=True)
    return [shown, shown.graph(),
            ("5. The operations of the whole module", table.flops, sum(sd.worked(row.flops) for row in table if row.flops)),
            ("6. Its parameters", table.params, sum(sd.worked(row.params) for row in table if row.params)),
            ("With one operation for each entry that the pool compares", compared.flops,
             sd.worked(table.flops) + compared["pool"].flops)]


@sd.derivation("The naive module needs several times the operations and parameters of the one with bottlenecks",
               question="003.4c")
def naive_inception_module(shape=(512, 128, 128)):
    r"""How many operations and parameters has the naive module, with the convolutions and the pool directly on the
    input of $128 \times 128 \times 512$, with 128 filters of $3 \times 3$ and 64 of $5 \times 5$ beside those of
    $1 \times 1$?  Why is the one with bottlenecks more efficient?

    The depth of the naive $1 \times 1$ convolution cannot be read from the figure.  The printed solution counts its
    operations with 64 filters and its parameters with 512, as in the module with bottlenecks.  Like is compared with
    like here: 512 in both modules; what 64 would make of the naive one stands below.  A large kernel pays for every
    channel that it reads: it reads 512 here, and 64 behind a bottleneck, which itself costs a kernel of size 1.
    """
    naive = naive_inception(512, 128, 64).table(shape)
    small = naive_inception(64, 128, 64).table(shape)
    lean = inception(512, 64, 128, 64, 64, 64).table(shape)
    times = sd.worked(shape[0]) / 64
    return [naive.shown("input", "kernel", "output", "operations", "parameters", channels_last=True),
            ("Parameters of the naive module", naive.params, sum(sd.worked(row.params) for row in naive if row.params)),
            ("Operations of the naive module", naive.flops, sum(sd.worked(row.flops) for row in naive if row.flops)),
            *((f"{name}, naive over the one with bottlenecks, about {many / few:.2f}", Rational(many, few),
               sd.worked(many) / few) for name, many, few in (("Operations", naive.flops, lean.flops),
                                                              ("Parameters", naive.params, lean.params))),
            *((rf"The convolution of ${size} \times {size}$ alone has so many times the operations, by its channels",
               Rational(naive[f"{size}x{size}"].flops, lean[f"{size}x{size}"].flops), times) for size in (3, 5)),
            (r"With 64 filters in the naive $1 \times 1$ convolution, the parameters",
             small.params, sum(sd.worked(row.params) for row in small if row.params)),
            ("and the operations", small.flops, sum(sd.worked(row.flops) for row in small if row.flops))]


@sd.derivation("An Inception module sends its input along four paths and puts their channels behind each other",
               question="003.4a")
def inception_paths(shape=(512, 128, 128)):
    r"""Describe the Inception module of GoogLeNet.

    Four paths read the same input: a $1 \times 1$ convolution; a $1 \times 1$ convolution that reduces the channels, then a
    $3 \times 3$ one; the same with a $5 \times 5$ one; and a max pool of stride 1, then a $1 \times 1$ convolution.  So the
    module sees at several scales at once.  All paths keep height and width; only so can their outputs be put behind each
    other as channels.
    """
    table = inception(512, 64, 128, 64, 64, 64).table(shape)
    ends = [table[name] for name in ("1x1", "3x3", "5x5", "1x1 after pool")]
    return [sd.tested([row.output[1:] for row in ends], [shape[1:]] * len(ends)),
            ("The channels of the output, path by path", table.output[0], sum(sd.worked(row.output[0]) for row in ends)),
            ("What an entry sees of the input, path by path", tuple(str(row.receptive_field) for row in ends))]


@sd.derivation("A bottleneck of $r$ channels saves parameters wherever $r < C k^2 F/(C + k^2 F)$", question="003.4d")
def parameters_of_a_bottleneck():
    r"""How does the Inception module differ from the naive one in the number of parameters?

    The naive module reads all $C$ channels with every kernel: $C k^2 F$ parameters for $F$ filters of size $k$.  Behind a
    bottleneck of $r$ channels there are $Cr + r k^2 F = r\,(C + k^2 F)$, whose larger part no longer grows with $C$.  Both
    sides of $r\,(C + k^2 F) < C k^2 F$ divided by $C + k^2 F > 0$ give the bound on $r$: where $r$ is below
    $C k^2 F/(C + k^2 F)$, a bottleneck saves, and where it is above, it costs more.
    """
    r, F, k = sd.dims("r F k")
    direct = Conv2d(F, k, bias=False).table((C, H, W)).params
    lean = Sequential(Conv2d(r, 1, bias=False), Conv2d(F, k, bias=False)).table((C, H, W)).params
    bound = C * k**2 * F / (C + k**2 * F)
    shown = [(r"Without a bottleneck, $F$ kernels: $F \cdot C k^2$", direct, C * k**2 * F),
             ("Behind one", lean, r * (C + k**2 * F)),
             (r"What is saved, with a second factor that is positive for $r < C k^2 F/(C + k^2 F)$ alone",
              direct - lean, (C + k**2 * F) * (bound - r)),
             "With $C = 512$ and $r = 64$, as in the module:"]
    for size, filters in ((1, 64), (3, 128), (5, 64)):
        at = {C: 512, F: filters, k: size}
        share = lean.xreplace(at | {r: 64}) / direct.xreplace(at)
        sense = f"it leaves {share} of the parameters" if share < 1 else f"it takes {share} times the parameters: a loss"
        shown.append((f"before {filters} kernels of size {size} the bound is {bound.xreplace(at)}, and {sense}",
                      share, sd.worked(lean.xreplace(at | {r: 64})) / direct.xreplace(at)))
    with_them, without = (module.table((512, 128, 128)) for module in (inception(512, 64, 128, 64, 64, 64),
                                                                       naive_inception(512, 128, 64)))
    for name, table in (("the naive module", without), ("the one with bottlenecks", with_them)):
        shown.append((f"Over its paths, {name} has so many parameters", table.params,
                      sum(sd.worked(row.params) for row in table if row.params)))
    shown.append((f"So the naive module has about {without.params / with_them.params:.2f} times as many, and so many more",
                  without.params - with_them.params, sd.worked(without.params) - with_them.params))
    return shown


@sd.derivation(r"Two $3 \times 3$ convolutions cost $18/25$ of one $5 \times 5$ convolution and see as much",
               question="004.OT1")
def two_small_kernels():
    r"""Two $3 \times 3$ convolutions after each other (to A and B) cover a region of $5 \times 5$ in the input, as one
    $5 \times 5$ convolution does (to D).  Compare their multiplies and their parameters, without biases.

    The figure with the numbers of channels is missing from the text of the sheet: they are taken to be one number $C$
    everywhere; what other numbers would make of it stands below.
    """
    same = {"padding": "same", "bias": False}
    small = Sequential(Conv2d(C, 3, **same, name="A"), Conv2d(C, 3, **same, name="B")).table((C, H, W))
    large = Sequential(Conv2d(C, 5, **same, name="D")).table((C, H, W))
    r, F = sd.dims("r F")
    other = Sequential(Conv2d(r, 3, **same), Conv2d(F, 3, **same)).table((C, H, W))
    direct = Conv2d(F, 5, **same).table((C, H, W))
    view = ("kernel", "output", "operations", "parameters", "receptive field")
    return [small.shown(*view), large.shown(*view),
            ("An entry of B and one of D see the same region", small.receptive_field, large.receptive_field),
            ("Multiplies, to A and B over to D", small.flops / large.flops, sd.worked(small.flops) / large.flops),
            ("Parameters, to A and B over to D", small.params / large.params, sd.worked(small.params) / large.params),
            (r"From $C$ channels to $r$ at A and $F$ at B, the multiplies", other.flops,
             9 * C * H * W * r + 9 * F * H * W * r),
            ("and from $C$ to $F$ at D", direct.flops, 25 * H * W * C * F)]


@sd.derivation("The sizes of all maps of an architecture", question="004.T2")
def sizes_of_all_maps(shape=(3, 32, 32)):
    r"""Determine the sizes of all intermediate maps of the given architecture.

    The figure with the architecture is missing from the text of the sheet, so its numbers cannot be given.  The method, for
    any architecture: layer by layer, a convolution or a pool with a window of size $F$, padding $P$ and stride $S$ (dilation
    $D$, where it has one) takes a side $n$ to
    $$n' = \left\lfloor \frac{n + 2P - D(F - 1) - 1}{S} \right\rfloor + 1,$$
    a convolution has as many channels as filters, a pool those of its input, and a concatenation the sum of those that it
    joins.  It is tried here on LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998, figure 2), on any height and width, and with
    the $32 \times 32$ of the paper.
    """
    def lenet(channels, height, width):
        layers = (Conv2d(6, 5, name="C1"), MaxPool2d(2, name="S2"), Conv2d(16, 5, name="C3"), MaxPool2d(2, name="S4"),
                  Conv2d(120, 5, name="C5"))
        return Sequential(*layers).table((channels, height, width))
    table, symbolic = lenet(1, *shape[1:]), lenet(1, H, W)
    view = ("input", "kernel", "output")
    return [symbolic.shown(*view), table.shown(*view, working=False),
            sd.tested(symbolic.subs(H=shape[1], W=shape[2]).output, table.output),
            ("The last map is", table.output, (120, shape[1] // 4 - 7, shape[2] // 4 - 7))]
