r"""The referee's reading of printed solutions.

Line by line, as they are printed; what the names mean is declared in the source of each item, which the page lets one
copy.  A line that is wrong comes with a counterexample and, where a repair makes it true, with the repair.
"""

import symderiv as sd

# ------------------------------------------------------------------ binary classification

LOSSES = r"""
x: n; theta: p; y: scalar
sigma: sigmoid
a(x, theta): scalar
f(x, theta) = sigma(a(x, theta))
L_{CE}(f, y) = -y*log(f) - (1 - y)*log(1 - f)
L_{MSE}(f, y) = (y - f)^2
"""


@sd.derivation("A bracket is lost where the loss is put in; the lines before and after are right", question="002.1.4")
def cross_entropy_by_the_output():
    """The printed derivative of the cross-entropy by the pre-activation, down to the two factors of the chain rule."""
    return [sd.misprint("solution 1.4, second line", sd.verify([
        r"\frac{\partial L_{CE}(f(\mathbf{x}, \boldsymbol{\theta}), y)}{\partial a(\mathbf{x}, \boldsymbol{\theta})} = "
        r"\frac{\partial L_{CE}(f(\mathbf{x}, \boldsymbol{\theta}), y)}{\partial f(\mathbf{x}, \boldsymbol{\theta})} \cdot "
        r"\frac{\partial f(\mathbf{x}, \boldsymbol{\theta})}{\partial a(\mathbf{x}, \boldsymbol{\theta})}",
        r"= \frac{\partial}{\partial f(\mathbf{x}, \boldsymbol{\theta})} - y \cdot \log(f(\mathbf{x}; \boldsymbol{\theta})) "
        r"- (1 - y) \cdot \log(1 - f(\mathbf{x}; \boldsymbol{\theta})) \cdot "
        r"\frac{\partial f(\mathbf{x}, \boldsymbol{\theta})}{\partial a(\mathbf{x}, \boldsymbol{\theta})}",
        r"= \left( \frac{-y}{f(\mathbf{x}, \boldsymbol{\theta})} + \frac{1 - y}{1 - f(\mathbf{x}, \boldsymbol{\theta})} "
        r"\right) \cdot \frac{\partial f(\mathbf{x}, \boldsymbol{\theta})}{\partial a(\mathbf{x}, \boldsymbol{\theta})}",
    ], LOSSES))]


@sd.derivation(r"The derivative of the sigmoid, as printed, is right: \(\sigma(a)(1 - \sigma(a))\)", question="002.1.4")
def sigmoid_by_its_argument():
    """The printed derivative of the output by the pre-activation."""
    a = r"a(\mathbf{x}, \boldsymbol{\theta})"
    return [sd.verify([line.replace("@", a) for line in (
        r"\frac{\partial f(\mathbf{x}, \boldsymbol{\theta})}{\partial @} = \frac{\partial}{\partial @} \frac{1}{1 + e^{-@}}",
        r"= \frac{\partial}{\partial @} (1 + e^{-@})^{-1}",
        r"= \frac{-1}{(1 + e^{-@})^2} \cdot e^{-@} \cdot -1",
        r"= \frac{e^{-@}}{(1 + e^{-@})^2}",
        r"= \frac{1 + e^{-@} - 1}{1 + e^{-@}} \cdot \frac{1}{1 + e^{-@}}",
        r"= \left( \frac{1 + e^{-@}}{1 + e^{-@}} - \frac{1}{1 + e^{-@}} \right) \cdot \frac{1}{1 + e^{-@}}",
        r"= \sigma(@) \cdot (1 - \sigma(@))")], LOSSES)]


@sd.derivation("The end of the same derivation, as printed, is right", question="002.1.4")
def cross_entropy_by_the_pre_activation():
    r"""The printed lines that put both factors together and arrive at the boxed $\sigma(a) - y$."""
    a, f = r"a(\mathbf{x}, \boldsymbol{\theta})", r"f(\mathbf{x}, \boldsymbol{\theta})"
    return [sd.verify([line.replace("@", a).replace("#", f) for line in (
        r"\frac{\partial L_{CE}(#, y)}{\partial @} = \frac{\partial L_{CE}(#, y)}{\partial #} \cdot "
        r"\frac{\partial #}{\partial @}",
        r"= \left( \frac{-y}{#} + \frac{1 - y}{1 - #} \right) \cdot (\sigma(@) \cdot (1 - \sigma(@)))",
        r"= \frac{-y \cdot \sigma(@) \cdot (1 - \sigma(@))}{\sigma(@)} + "
        r"\frac{(1 - y) \cdot \sigma(@) \cdot (1 - \sigma(@))}{1 - \sigma(@)}",
        r"= (-y \cdot (1 - \sigma(@)) + ((1 - y) \cdot \sigma(@)))",
        r"= \boxed{\sigma(@) - y}")], LOSSES)]


@sd.derivation("The derivative of the squared error, as printed, is right", question="002.1.6")
def squared_error_by_the_pre_activation():
    """The printed derivative of the squared error by the pre-activation."""
    a, f = r"a(\mathbf{x}, \boldsymbol{\theta})", r"f(\mathbf{x}, \boldsymbol{\theta})"
    return [sd.verify([line.replace("@", a).replace("#", f) for line in (
        r"\frac{\partial L_{MSE}(#, y)}{\partial @} = \frac{\partial L_{MSE}(#, y)}{\partial #} \cdot "
        r"\frac{\partial #}{\partial @}",
        r"= \frac{\partial}{\partial #} (y - #)^2 \cdot \frac{\partial #}{\partial @}",
        r"= -2 \cdot (y - #) \cdot \frac{\partial #}{\partial @}",
        r"= -2 \cdot (y - #) \cdot \sigma(@) \cdot (1 - \sigma(@)) \quad \text{using 1.4}")], LOSSES)]


# ------------------------------------------------------------------ softmax

@sd.derivation("The translation invariance of softmax, as printed, is right", question="002.2.1")
def translation():
    """The printed proof that softmax does not change when a constant is added.

    In print the first side is the whole vector and the others are an entry of it; here the index stands on all of them.
    """
    return [sd.verify([
        r"S(\mathbf{x} + c)_i = \frac{e^{\mathbf{x}_i + c}}{\sum_j e^{\mathbf{x}_j + c}} = "
        r"\frac{e^{\mathbf{x}_i} \cdot e^c}{\sum_j e^{\mathbf{x}_j} \cdot e^c}",
        r"= \frac{e^{\mathbf{x}_i} \cdot e^c}{e^c \cdot \sum_j e^{\mathbf{x}_j}} = "
        r"\frac{e^{\mathbf{x}_i}}{\sum_j e^{\mathbf{x}_j}} = S(\mathbf{x})_i"], "x: n; c: scalar; S: softmax")]


@sd.derivation("Two classes: the printed algebra with the sigmoid is right", question="002.2.2")
def softmax_of_two():
    """The printed lines on the second entry, where $z$ is already the difference of the scores."""
    return [sd.verify([
        r"1 - \sigma(z) = 1 - \frac{1}{1 + e^{-z}} = \frac{1 + e^{-z}}{1 + e^{-z}} - \frac{1}{1 + e^{-z}}",
        r"= \frac{1 + e^{-z} - 1}{1 + e^{-z}} = \frac{e^{-z}}{1 + e^{-z}} = "
        r"\frac{e^{-\mathbf{x}_1 + \mathbf{x}_2}}{1 + e^{-\mathbf{x}_1 + \mathbf{x}_2}}",
        r"= \frac{e^{-\mathbf{x}_1 + \mathbf{x}_2}}{1 + e^{-\mathbf{x}_1 + \mathbf{x}_2}} \cdot "
        r"\frac{e^{\mathbf{x}_1}}{e^{\mathbf{x}_1}} = "
        r"\frac{e^{\mathbf{x}_2}}{e^{\mathbf{x}_1} + e^{\mathbf{x}_2}} = S(\mathbf{x})_2"],
        "x: 2; S: softmax; sigma: sigmoid; z = x_1 - x_2")]


@sd.derivation("The Jacobian of softmax, as printed, is right", question="002.2.4")
def jacobian_of_softmax():
    """The printed entries of the Jacobian, and the matrix they make."""
    return [sd.verify([
        r"\frac{\partial S(\mathbf{x})_i}{\partial x_j} = \frac{\partial}{\partial x_j} "
        r"\frac{e^{x_i}}{\sum_{j'} e^{x_{j'}}}",
        r"= \frac{\partial}{\partial x_j} e^{x_i} \left( \sum_{j'} e^{x_{j'}} \right)^{-1}",
        r"= \left( \frac{\partial}{\partial x_j} e^{x_i} \right) \cdot \left( \sum_{j'} e^{x_{j'}} \right)^{-1} + e^{x_i} "
        r"\cdot \frac{\partial}{\partial x_j} \left( \sum_{j'} e^{x_{j'}} \right)^{-1}",
        r"= \frac{\mathbb{1}_{i=j} e^{x_i}}{\sum_{j'} e^{x_{j'}}} - \frac{e^{x_i}}{(\sum_{j'} e^{x_{j'}})^2} \cdot "
        r"\frac{\partial}{\partial x_j} \sum_{j'} e^{x_{j'}}",
        r"= \frac{\mathbb{1}_{i=j} e^{x_i}}{\sum_{j'} e^{x_{j'}}} - \frac{e^{x_i}}{(\sum_{j'} e^{x_{j'}})^2} \cdot e^{x_j}",
        r"= \frac{\mathbb{1}_{i=j} e^{x_i}}{\sum_{j'} e^{x_{j'}}} - \frac{e^{x_i}}{\sum_{j'} e^{x_{j'}}} \cdot "
        r"\frac{e^{x_j}}{\sum_{j'} e^{x_{j'}}}",
        r"= \mathbb{1}_{i=j} S(\mathbf{x})_i - S(\mathbf{x})_i S(\mathbf{x})_j",
        r"\frac{\partial S(\mathbf{x})}{\partial \mathbf{x}} = \text{Diag}(S(\mathbf{x})) - "
        r"S(\mathbf{x})S(\mathbf{x})^\top = \text{Diag}(\mathbf{p}) - \mathbf{p}\mathbf{p}^\top "
        r"\in \mathbb{R}^{n \times n}"],
        "x: n; S: softmax; p = S(x)")]


# ------------------------------------------------------------------ sigmoid and tanh

@sd.derivation(r"A sign is wrong in the first step from tanh to the sigmoid; the lines after it are right again",
               question="002.3")
def tanh_by_the_sigmoid():
    """The printed relation between tanh and the sigmoid."""
    return [sd.misprint("solution 3, second line", sd.verify([
        r"\tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
        r"= \frac{e^x - e^{-x} - 2e^{-x}}{e^x + e^{-x}} = 1 - \frac{2e^{-x}}{e^x + e^{-x}}",
        r"= 1 - \frac{e^{-x} 2}{e^{-x} \cdot (e^{2x} + 1)} = 1 - \frac{2}{e^{2x} + 1}",
        r"= 1 - 2 \cdot \sigma(-2x) = 1 - 2 \cdot (1 - \sigma(2x)) && \text{as } \sigma(-x) = 1 - \sigma(x)",
        r"= 1 - 2 + 2 \cdot \sigma(2x) = 2 \cdot \sigma(2x) - 1",
        r"\tanh(x) = 2 \cdot \sigma(2x) - 1 \Leftrightarrow \sigma(x) = \frac{1}{2} \cdot (\tanh(\frac{1}{2}x) + 1)"],
        "x: scalar; sigma: sigmoid"))]


@sd.derivation("The network with tanh, as printed, computes what the network with sigmoids computes", question="002.3")
def network_with_tanh():
    """The printed lines that put the relation into the network."""
    return [sd.verify([
        r"y_k = \sum_{j=1}^M \omega_{kj}^{(2)} \sigma \left( \sum_{i=1}^D \omega_{ji}^{(1)} x_i + \omega_{j0}^{(1)} \right) "
        r"+ \omega_{k0}^{(2)}",
        r"= \sum_{j=1}^M \omega_{kj}^{(2)} \frac{1}{2} \left( \tanh \left( \sum_{i=1}^D \frac{\omega_{ji}^{(1)}}{2} x_i + "
        r"\frac{\omega_{j0}^{(1)}}{2} \right) + 1 \right) + \omega_{k0}^{(2)}",
        r"= \sum_{j=1}^M \frac{\omega_{kj}^{(2)}}{2} \tanh \left( \sum_{i=1}^D \frac{\omega_{ji}^{(1)}}{2} x_i + "
        r"\frac{\omega_{j0}^{(1)}}{2} \right) + "
        r"\left( \sum_{j=1}^M \frac{\omega_{kj}^{(2)}}{2} + \omega_{k0}^{(2)} \right)"],
        r"x: D; \omega^{(1)}: M 0..D; \omega^{(2)}: K 0..M; sigma: sigmoid; k: index K; "
        r"y_k = sum_{j=1}^M \omega_{kj}^{(2)}*sigma(sum_{i=1}^D \omega_{ji}^{(1)}*x_i "
        r"+ \omega_{j0}^{(1)}) + \omega_{k0}^{(2)}")]


# ------------------------------------------------------------------ convolutions

SIZES = "d, k_1, k_2: size; k_1 < d; k_2 < d; w^2: k_2; L: function of a^2; "
VALID = SIZES.replace("L:", "h^1: d - k_1 + 1; a^2: d - k_1 - k_2 + 2; "
                      "a^2_i = sum_{j=1}^{k_2} h^1_{i+j-1}*w^2_j; L:")
FULL = SIZES.replace("L:", "h^1: d + k_1 - 1; a^2: d + k_1 + k_2 - 2; "
                     "a^2_i = sum_{j=1}^{k_2} h^1_{i+j-k_2}*w^2_j; L:")
# One and the same line, printed under both questions.
JACOBIAN = r"\frac{\partial a_i^2}{\partial h_n^1} = \frac{\partial}{\partial h_n^1} \sum_{j=1}^{k_2} h_{i+j-1}^1 w_j^2"
CASES = r"= \begin{cases} w_j^2 & \text{if } i + j - @ = n \\ 0 & \text{otherwise} \end{cases}"


@sd.derivation("The derivative of a valid convolution, as printed, is right but for the index $j$ of the sum in its cases",
               question="002.5.2", expect="conditional")
def jacobian_of_a_valid_convolution():
    """The printed derivative of an entry, for the valid convolution."""
    return [sd.verify([JACOBIAN, CASES.replace("@", "1"), r"= w_{n-i+1}^2"], VALID)]


@sd.derivation("The same line under full convolution is wrong: its index is that of the valid convolution",
               question="002.5.5")
def jacobian_of_a_full_convolution():
    """The printed derivative of an entry, for the full convolution."""
    return [sd.misprint("solution 5.5, the first sum", sd.verify(
        [JACOBIAN, CASES.replace("@", "k_2"), r"= w_{n+k_2-i}^2"], FULL))]


@sd.derivation("The sizes after two full convolutions: a line between is wrong, the result is right",
question="002.5.4")
def size_after_full_convolution():
    """The printed size of the first pre-activation."""
    return [sd.misprint("solution 5.4, between the second and third equals signs", sd.verify([
        r"\left\lfloor \frac{d + 2 \times (k_1 - 1) - 1 \times (k_1 - 1) - 1}{1} + 1 \right\rfloor "
        r"= d - 2k_1 - 2 - k_1 + 1 = d + k_1 - 1"], "d, k_1: size"))]


SIGNS = r"; *: conv1d valid; \tilde *: conv1d full"
CHAIN = (r"(\nabla_{\mathbf{h}^1} L)_n = \sum_{i=1}^{|\mathbf{a}^2|} (\nabla_{\mathbf{a}^2} L)_i "
         r"\frac{\partial a_i^2}{\partial h_n^1}")


@sd.derivation("The gradient of a valid convolution, as printed, is right", question="002.5.3")
def gradient_of_a_valid_convolution():
    """The printed proof that it is the full convolution with the flipped kernel."""
    return [sd.verify([
        CHAIN, r"= \sum_{i=n+1-k_2}^n (\nabla_{\mathbf{a}^2} L)_i \mathbf{w}_{n-i+1}^2",
        r"= \sum_{j=1}^{k_2} (\nabla_{\mathbf{a}^2} L)_{n+j-k_2} \mathbf{w}_{k_2-j+1}^2",
        r"= \sum_{j=1}^{k_2} (\nabla_{\mathbf{a}^2} L)_{n+j-k_2} \text{flip}(\mathbf{w}^2)_j",
        r"= \boxed{(\nabla_{\mathbf{a}^2} L \tilde{*} \text{flip}(\mathbf{w}^2))_n}"], VALID + SIGNS)]


@sd.derivation("The gradient of a full convolution, as printed, is right", question="002.5.6")
def gradient_of_a_full_convolution():
    """The printed proof that it is the valid convolution with the flipped kernel."""
    return [sd.verify([
        CHAIN, r"= \sum_{i=n}^{n+k_2-1} (\nabla_{a^2} L)_i w_{n+k_2-i}^2",
        r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1} w_{k_2-j+1}^2",
        r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1} \text{flip}(\mathbf{w}^2)_j",
        r"= \boxed{(\nabla_{a^2} L * \text{flip}(\mathbf{w}^2))_n}"], FULL + SIGNS)]


@sd.derivation("The convolutions of the given vectors, as printed, are right", question="002.4.3")
def convolutions_as_printed():
    """The printed valid, same and full convolution, with the kernel flipped."""
    printed = {"valid": [5, 8], "same": [2, 5, 8, 6], "full": [1, 2, 5, 8, 6, 8]}
    return [(f"{mode.capitalize()}: $[1, 2, 3, 4] * [1, 0, 2]$", sd.conv1d([1, 2, 3, 4], [1, 0, 2], mode=mode, flip=True),
             result) for mode, result in printed.items()]


# ------------------------------------------------------------------ the sheet with numbers

@sd.derivation("The bias correction is printed with a number where the step belongs", question="001.1c")
def bias_correction_as_printed():
    r"""The printed update of $x_1$ with bias correction, at any step $t$."""
    return [sd.misprint("solution 1(c)", sd.verify([
        r"x_1 - \frac{\gamma}{1 - 0.9^t}v_1 = x_1 - \frac{\gamma}{1 - 0.9^4}v_1"],
        r"x: 2; v: 2; \gamma: scalar; t: integer; t >= 1"))]


@sd.derivation("Backpropagation through the scalar recurrence, as printed, is right", question="001.6")
def scalar_recurrence():
    """The printed derivative of the loss by the state before."""
    return [sd.verify([
        r"\frac{dL}{dh_{t-1}} = \frac{dL}{dh_t} \frac{dh_t}{dh_{t-1}} = aw\sigma'(wh_{t-1})"],
        r"w: scalar; h_{t-1}: scalar; \sigma: function; h_t = \sigma(w*h_{t-1}); L: function of h_t; "
        r"a = \partial L/\partial h_t")]


@sd.derivation("The attention of logarithms, as printed, is right", question="001.7", expect="supported")
def attention_as_printed():
    """The printed value of the scaled dot-product attention."""
    return [sd.verify([
        r"\operatorname{softmax}\left(\frac{QK^T}{\sqrt{2}}\right)V = \begin{bmatrix} 2/3 & 1/3\\ 3/5 & 2/5 \end{bmatrix}"],
        r"Q = \sqrt{2} \begin{bmatrix} 0 & \log 2 \\ \log 2 & \log 3 \end{bmatrix}; "
        r"K = \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}; V = \begin{bmatrix} 0 & 1 \\ 1 & 0 \end{bmatrix}")]


@sd.derivation("The size and the parameters of the wide convolution, as printed, are right", question="001.5")
def counts_as_printed():
    """The printed arithmetic of the output size and of the parameters."""
    return [sd.verify([r"\frac{227 + 4 - 11}{4} + 1 = 56", r"(11*11*3+1)*64 = 23,296", r"3*(11*11+1) = 366",
                       r"64*(3*1*1+1) = 256", r"366 + 256 = 622"], "*: product")]


@sd.derivation("The parameters of the dense network are added wrongly", question="003.1")
def dense_network_as_printed():
    """What is legible of the printed answers on the dense network."""
    return [sd.misprint("solution 1(e)", sd.verify([
        r"500 \times 1200 = 600,000", r"600,000 + 375,000 + 18750 = 453,750"], ""))]


# ------------------------------------------------------------------ what is wrong whatever the names mean

FIRST_SHEET = r"""
1. Consider loss function $L(x_1, x_2) = 2x_1 + 3x_1x_2$
(c) Suppose we are at t-th iteration, and want to perform bias correction. Rewrite the update equation for x. (write
in $x \leftarrow \dots$ form)

(c) x \leftarrow (x_1, x_2) - \frac{\gamma}{1 - 0.9^4}(0.9v_1 + 0.2 + 0.3x_2, 0.9v_2 + 0.3x_1)

4. Suppose a batch
(a) batch normalization

(a) The mean for batch normalization obtains one number for each channel, where the average is over batch and spatial
dimension. The first channel features are $\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$ for batch 0 and
$\begin{bmatrix} 1 & -1 \\ 0 & 2 \end{bmatrix}$ for batch 1. Thus for channel 0,

$$\frac{1+2+3+4+1-1+0+2}{8} = 1.5$$

Similarly for channel 1, Thus for channel 0,

$$\frac{5+6+7+8-1+0+2+1}{8} = 3.5$$

5. Suppose the input to a convolutional layer
(c) For each output, 11\*11\*3 FLOPs are incurred. Since there are 64\*56\*56 output feature values, thus
11\*11\*3\*64\*56\*56=72.8M
"""
SECOND_SHEET = r"""
1.4 Compute the partial derivative

$$\begin{aligned} \frac{\partial L_{CE}(f(\mathbf{x}, \boldsymbol{\theta}), y)}{\partial a(\mathbf{x},
\boldsymbol{\theta})} &= \frac{\partial L_{CE}(f(\mathbf{x}, \boldsymbol{\theta}), y)}{\partial f(\mathbf{x},
\boldsymbol{\theta})} \cdot \frac{\partial f(\mathbf{x}, \boldsymbol{\theta})}{\partial a(\mathbf{x},
\boldsymbol{\theta})} \\ &= \frac{\partial}{\partial f(\mathbf{x}, \boldsymbol{\theta})} - y \cdot \log(f(\mathbf{x};
\boldsymbol{\theta})) - (1 - y) \cdot \log(1 - f(\mathbf{x}; \boldsymbol{\theta})) \cdot \frac{\partial f(\mathbf{x},
\boldsymbol{\theta})}{\partial a(\mathbf{x}, \boldsymbol{\theta})} \\ &= \left( \frac{-y}{f(\mathbf{x},
\boldsymbol{\theta})} + \frac{1 - y}{1 - f(\mathbf{x}, \boldsymbol{\theta})} \right) \cdot \frac{\partial
f(\mathbf{x}, \boldsymbol{\theta})}{\partial a(\mathbf{x}, \boldsymbol{\theta})} \end{aligned}$$

2.1 Show that softmax is translation-invariant

$$\begin{aligned} S(\mathbf{x} + c) &= \frac{e^{\mathbf{x}_i + c}}{\sum_j e^{\mathbf{x}_j + c}} =
\frac{e^{\mathbf{x}_i} \cdot e^c}{\sum_j e^{\mathbf{x}_j} \cdot e^c} \\ &= \frac{e^{\mathbf{x}_i} \cdot e^c}{e^c \cdot
\sum_j e^{\mathbf{x}_j}} = \frac{e^{\mathbf{x}_i}}{\sum_j e^{\mathbf{x}_j}} = S(\mathbf{x}) \end{aligned}$$

2.3 Show that S can be represented

$$\begin{aligned} S(\mathbf{x}) &= S(\mathbf{x} - \mathbf{x}_1) = S([0, \mathbf{x}_2 - \mathbf{x}_1, \mathbf{x}_3 -
\mathbf{x}_1, \dots, \mathbf{x}_K - \mathbf{x}_1]^\top) \\ &= S([0, y_1, y_2, \dots, y_{K-1}]^\top) \quad \text{s.t. }
y_i = \mathbf{x}_i - \mathbf{x}_1 \text{ with } 1 \leq i \leq K-1 \end{aligned}$$

Question 3

$$\begin{aligned} \tanh(x) &= \frac{e^x - e^{-x}}{e^x + e^{-x}} \\ &= \frac{e^x - e^{-x} - 2e^{-x}}{e^x + e^{-x}} = 1
- \frac{2e^{-x}}{e^x + e^{-x}} \\ &= 1 - \frac{e^{-x} 2}{e^{-x} \cdot (e^{2x} + 1)} = 1 - \frac{2}{e^{2x} + 1} \\ &= 1
- 2 \cdot \sigma(-2x) = 1 - 2 \cdot (1 - \sigma(2x)) && \text{as } \sigma(-x) = 1 - \sigma(x) \\ &= 1 - 2 + 2 \cdot
\sigma(2x) = 2 \cdot \sigma(2x) - 1 \end{aligned}$$

4.2 Not including the biases

The number of parameters of the last layer is $32 \times 32 \times 32$ (channel, height, width) and the kernel size is
$64 \times 3 \times 3 \times 32$ (num kernels, height, width, channel). The number of parameters for the last layer
without biases is $\boxed{3 \times 3 \times 32 \times 64 = 18432}$ parameters.

5.2 Derive the derivative

$$\frac{\partial a_i^2}{\partial h_n^1} = \frac{\partial}{\partial h_n^1} \sum_{j=1}^{k_2} h_{i+j-1}^1 w_j^2 =
\begin{cases} w_j^2 & \text{if } i + j - 1 = n \\ 0 & \text{otherwise} \end{cases}$$

where $j = n - i + 1$ the derivative is $w_{n-i+1}^2$

5.3 Show that

We can infer from the previous question that $i \in \{n - k_2 + 1, n\}$ as $j \in \{1, \dots, k_2\}$ . Elsewhere, the
derivative of $\frac{\partial a_i^2}{\partial h_n^1}$ will be 0.

$$\begin{aligned} (\nabla_{\mathbf{h}^1} L)_n &= \sum_{i=1}^{|\mathbf{a}^2|} (\nabla_{\mathbf{a}^2} L)_i
\frac{\partial a_i^2}{\partial h_n^1} \\ &= \sum_{i=n+1-k_2}^n (\nabla_{\mathbf{a}^2} L)_i \mathbf{w}_{n-i+1}^2 \\ &=
\sum_{j=1}^{k_2} (\nabla_{\mathbf{a}^2} L)_{n+j-k_2} \mathbf{w}_{k_2-j+1}^2 \\ &= \sum_{j=1}^{k_2}
(\nabla_{\mathbf{a}^2} L)_{n+j-k_2} \text{flip}(\mathbf{w}^2)_j \\ &= \boxed{(\nabla_{\mathbf{a}^2} L \tilde{*}
\text{flip}(\mathbf{w}^2))_n} \end{aligned}$$

5.4 What is the dimensionality

$$|\mathbf{a}^1| = \left\lfloor \frac{d + 2 \times (k_1 - 1) - 1 \times (k_1 - 1) - 1}{1} + 1 \right\rfloor = d - 2k_1
- 2 - k_1 + 1 = d + k_1 - 1$$

5.5 Derive the derivative

$$\frac{\partial a_i^2}{\partial h_n^1} = \frac{\partial}{\partial h_n^1} \sum_{j=1}^{k_2} h_{i+j-1}^1 w_j^2 =
\begin{cases} w_j^2 & \text{if } i + j - k_2 = n \\ 0 & \text{otherwise} \end{cases}$$

where $j = n + k_2 - i$ the derivative is $w_{n+k_2-i}^2$ .

5.6 Show that

We can infer from the previous question that $i \in \{n, n + k_2 - 1\}$ as $j \in \{1, \dots, k_2\}$ . Elsewhere, the
derivative of $\frac{\partial a_i^2}{\partial h_n^1}$ will be 0.

$$\begin{aligned} (\nabla_{h^1} L)_n &= \sum_{i=1}^{|\mathbf{a}^2|} (\nabla_{a^2} L)_i \frac{\partial a_i^2}{\partial
h_n^1} \\ &= \sum_{i=n}^{n+k_2-1} (\nabla_{a^2} L)_i w_{n+k_2-i}^2 \\ &= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1}
w_{k_2-j+1}^2 \\ &= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1} \text{flip}(\mathbf{w}^2)_j \\ &= \boxed{(\nabla_{a^2} L
* \text{flip}(\mathbf{w}^2))_n} \end{aligned}$$
"""
THIRD_SHEET = r"""
1. We have a densely connected network
e) Net Size = 600,000 + 375,000+18750 = 453,750

3. We have designed a network
- Conv-2 Layer 64 filters of size 5 × 5, stride 2, padding 2.
Conv-3 Layer 128 filters of size 7 × 7, stride 2, no padding.
Pool-1 Layer max-pooling of size 2 × 2, stride 2, no padding.
- Conv-4 Layer 64 filters of size 7×7 , stride 1, no padding.
- Conv-5 Layer 128 filters of size 7×7 , stride 1, no padding.

Layer	Input Size	Kernel Size	Output Size	No. of Params
Conv-1	256 ×256 3	3×3×3	328 ×328× 158	3×3×3
Conv-2	256 x256x 128	5 x 5 x 128	128 ×28× 64	5X5X1
Conv-3	128 ×28×64	7×7×64	61 ×61× 128	7×7×6
Pool-1	61 ×61×178	$-\times$ \times	30×30× 128	ナx 子x
Conv-4	30 ×30×/28	7×7×128	24x24x 64
Conv-5	24 ×24× 64	7 ×7 × 64	851 ×81× 81	7×7×
FC-1	41,472×1	NA	411472X1	(41,4
FC-2	41,472x1	NA	loxi	41,47

4. Consider the architecture
(b) the operations of the module

A = 128x128x64x512 = 536,870,917

B= 128x128x64x512 = 536,870,912

C = 28x 128x512x3x3 = 75,497,472 ~ Nesligible

D= 128x128x64 x 612 = 536,870×912

E = 128x128x128x3x3x64 = 1,207,959,552

F= 128x128x64 x5x5x64 = 3,355,443,200

G= 128 x 128 x 512 x 512 = 4, 294, 967, 296

H = 10,544,480,256

(c) those of the naive module

N= 128x128x 64 x512 = 536,870,912 N= 128x128x 128x3x3x512=9,663,676,416

0=128x128 x64 x5x5x513 26,843,545,600

P= 128x128x512x3x3=75,497,472

Q = 26,843,545,600 + 9,663,676,418 + 536,870,912+75,497,472

37,119,590,400

$N = 512 \times 1 \times 1 \times 512$ Q = 1671,168
"""


@sd.derivation("Errata of sheet 001")
def errata_of_the_first_sheet():
    """What does the printed solution of sheet 001 print wrong, whatever its names mean?"""
    return [sd.misprint("sheet 001", sd.errata(FIRST_SHEET))]


@sd.derivation("Errata of sheet 002")
def errata_of_the_second_sheet():
    """What does the printed solution of sheet 002 print wrong, whatever its names mean?"""
    return [sd.misprint("sheet 002", sd.errata(SECOND_SHEET))]


@sd.derivation("Errata of sheet 003")
def errata_of_the_third_sheet():
    """What does the printed solution of sheet 003 print wrong, as far as it is legible?"""
    return [sd.misprint("sheet 003", sd.errata(THIRD_SHEET))]
