"""What is printed wrong is found without declarations, with its place, what is right and the kind; what is right is not."""

import pytest

from symderiv.referee.proofreading import place_in, proofread

WRONG = [
    ("The share is $11/32 = 0.3438$, the mean $(9 + 1 + 16)/3 = 26/3 \\approx 8.57$.", "quotient of numbers", "8.67"),
    ("$1 - 0.9^3 = 0.271 \\approx 0.28$", "rounding", "0.27"),
    ("$\\sum_{i=1}^{n} i = n(n+1)/2, \\quad \\sum_{i=1}^4 i^2 = 1 + 4 + 9 + 16 = 29$", "sum of numbers", "30"),
    ("$$(a + b)^2 - (a - b)^2 = a^2 + 2ab + b^2 - a^2 - 2ab + b^2 = 4ab$$", "step", "4ab"),
    ("$$\\frac{\\partial c_p}{\\partial u_q} = \\sum_{r=1}^k v_r \\delta_{q, p+r-1} = \\begin{cases} v_r & \\text{if } "
     "1 \\le q - p + 1 \\le k \\\\ 0 & \\text{else} \\end{cases}$$", "index survives its sum", "v_{q - p + 1}"),
    ("| layer | kernel | input | output |\n|---|---|---|---|\n| C1 | 3×3, stride 1, pad 1 | 56×56×64 | 56×56×128 |\n"
     "| Pool | 2×2, stride 2, pad 0 | 56×56×64 | 28×28×128 |", "table row", "56×56×128"),
    (r"$$\frac{\partial s}{\partial b_m} = \frac{\partial}{\partial b_m} \sum_{i=1}^{n} a_i b_i^2 = 2 a_i b_m$$",
     "index survives its sum", "2 a_{m} b_m"),
    (r"$$\sum_{k=1}^K p_k \log p_k = p_k \sum_{k=1}^K \log p_k$$", "index survives its sum", r"\sum_{k=1}^K p_k \log p_k"),
    ("For layer 4 we get 5·5·8 = 200 weights and for layer 5 we get 12·120 = 1,440. Layer 4 has 1,440 weights and layer 5 "
     "has 200.", "label", "Layer 4, 200"),
    ("The first module has 2·3·600 = 3,600 weights. The plain block has 5·9·600 = 27,000 weights, 7.5 times less than it.",
     "two modules in one comparison", "7.5 times as many"),
    ("Average pooling 3x3 with stride 2 turns 96x55x55 into 96x28x28.", "size of a layer", "96*27*27"),
    ("In all 1,200 + 350 + 75 = 1,525 parameters.", "sum of numbers", "1,625"),
    ("(5\\*5\\*3+1)\\*16 = 1,206", "sum of numbers", "1,216"),
    (r"which makes $12 \times 40 \times 40 = 18,200$ entries", "product of numbers", "19,200"),
    ("A = 28x28x6x25 = 127,600", "product of numbers", "117,600"),
    ("7*7*3*64*112*112 = 118.1M FLOPs", "rounding", "118M"),
    (r"\[ \frac{1+4+7}{3} = 5 \]", "sum of numbers", "4"),
    ("A = 10x10x30 = 3,000\n\nB = 10x10x40 = 7,635\n\nC = 10,635", "carried on", "7,000"),
    ("$$\\sinh = \\frac{e^x - e^{-x}}{2} = \\frac{e^{2x} + 1}{2 e^x} = \\frac{e^{2x} - 1}{2 e^x}$$", "step",
     r"\frac{e^{2x} - 1}{2 e^x}"),
    ("$$m = (n - k) + 2p + 1 = n - k - 2p + 1 = n + 2p - k + 1$$", "step", "n - k + 2p + 1"),
    ("$$\\frac{\\partial y_t}{\\partial x_s} = \\frac{\\partial}{\\partial x_s}\\sum_{r=1}^m "
     "x_{t-r} u_r = \\begin{cases} u_r & "
     "\\text{if } t - r + r = s \\\\ 0 & \\text{otherwise} \\end{cases}$$", "index", "x_{t-r+r}"),
    ("$$\\frac{\\partial b_p}{\\partial g_q} = \\sum_{l=1}^{m} g_{p+l} u_l = \\begin{cases} u_l & "
     "\\text{if } p + l = q \\\\ 0 & "
     "\\text{else} \\end{cases}$$", "index survives its sum", "u_{q - p}"),
    ("$$P(u) = \\frac{u_j^2}{\\sum_k u_k^2} = \\frac{2 u_j^2}{2\\sum_k u_k^2} = P(u)$$", "index",
     r"P(u)_j = \frac{u_j^2}{\sum_k u_k^2}"),
    ("Here $r \\in \\{s, s + m\\}$, so\n\n$$\\sum_{r=s}^{s+m} a_r$$", "two elements for a range",
     r"r \in \{s, \dots, s + m\}"),
    ("$$F(a) = F([1, a_2 / a_1, \\dots, a_n / a_1]) = F([1, b_1, \\dots, b_{n-1}]) \\quad b_j = a_j / a_1$$", "off by one",
     "b_j = a_{j+1} / a_1"),
    ("$$\\frac{d g}{d x} = \\frac{d}{d x} - 3 x^2 \\cdot \\frac{d x}{d t}$$", "brackets lost",
     r"\frac{d}{d x} \left(- 3 x^2\right) \cdot \frac{d x}{d t}"),
    ("The number of weights of the first layer is $16 \\times 16 \\times 3$. The number of weights for the first layer is "
     "$3 \\times 3 \\times 3 \\times 16 = 432$.", "two values for one quantity", "3 * 3 * 3 * 16 = 432"),
    ("Thus for row 1,\n\n$$1 + 2$$\n\nSimilarly for row 2, and for row 1,\n\n$$3 + 4$$", "label", "for row 2"),
    ("Write the update at the k-th step.\n\nSOL: w - a/(1 - 0.99^3) m", "a number for the step", "0.99^k"),
    ("- Conv-1 Layer 16 filters of size 3 × 3, stride 2, padding "
     "1.\n\nLayer\tInput\tKernel\tOutput\nConv-1\t64×64×3\t3×3×3\t"
     "30×30×16", "table row", "32×32×16"),
    ("A = 64x64x32x256 = 33,554,432\n\nB = 64x64x16x256 = 16,777,216\n\nC = 64x64x8x256 = 8,388,608\n\n"
     "D = 64x64x48x257 = 25,165,824", "product of numbers", "50,331,648"),
    ("- Conv-2 Layer 8 filters of size 5 × 5, stride 1, no padding.\n\nLayer\tInput\tKernel\tOutput\n"
     "Conv-1\t40×40×3\t3×3×3\t48×48×17\nConv-2\t40×40×16\t5×5×16\t36×36×8", "table row", "40×40×16"),
    ("| Layer | Kernel | Stride | Padding | Output |\n|---|---|---|---|---|\n| input | | | | 3×80×80 |\n"
     "| conv | 8, 5×5 | 1 | 0 | 8×76×78 |", "table row", "8×76×76"),
    ("\\begin{tabular}{lccc}\nlayer & kernel & stride & output \\\\ \\hline\nconv1 & $5\\times5$ & 1 & "
     "$28 \\times 28 \\times 6$ \\\\\npool1 & $2\\times2$ & 2 & $13 \\times 14 \\times 6$ \\\\", "table row", "14×14×6"),
    (r"It takes $14 \times 14 \times 32 \times 9 = 56{,}484$ steps.", "product of numbers", "56,448"),
    (r"so $3 \cdot 3 \cdot 64 \cdot 64 \cdot 56 \cdot 56 = 115.7$M", "rounding", "115.6M"),
    (r"$\frac{17}{23} = 0.738$", "rounding", "0.739"), (r"$\frac{45}{60} = 70\%$", "quotient of numbers", r"75\%"),
    (r"$e^{-1} = 0.367$", "rounding", "0.368"), ("With $2^{10} = 1000$ states", "product of numbers", "1,024"),
    ("A conv layer with 16 filters of size 5x5, stride 1 and padding 0 reads an input of size 3x320x320. The output has "
     "shape (16, 315, 315).", "size of a layer", "(16, 316, 316)"),
    ("A dense layer with 784 inputs and 300 outputs and no bias has 235,300 weights.", "size of a layer", "235200"),
    ("| Layer | Input | Kernel | Stride | Padding | Output |\n|---|---|---|---|---|---|\n"
     "| conv1 | 3×64×64 | 16, 3×3 | 2 | 1 | 16×32×32 |\n"
     "| conv2 | 16×32×32 | 8, 5×5 | 1 | 0 | 8×27×27 |", "table row", "8×28×28"),
    ("| Layer | Input | Kernel | Output | Parameters |\n|---|---|---|---|---|\n"
     "| conv1 | 3×32×32 | 5×5 | 6×28×28 | 465 |", "table row", "450"),
    ("Layer 1 has 784*100 = 78400 weights. Layer 2 has 100*100 = 10000. So layer 1, 10000, and layer 2, 78400.", "label",
     "layer 1, 78400"),
    (r"$$\frac{\partial z_i}{\partial x_m} = \frac{\partial}{\partial x_m} \sum_{k=1}^{n} W_{ik} x_k = W_{ik}$$",
     "index survives its sum", "W_{im}"),
    (r"$$\frac{\partial y_t}{\partial x_s} = \frac{\partial}{\partial x_s}\sum_{j=0}^{k-1} w_j x_{t-j} = \begin{cases} "
     r"w_j & \text{if } t - j = s \\ 0 & \text{otherwise}\end{cases}$$", "index survives its sum", "w_{t - s}"),
    (r"$$\|x\|^2 = \sum_{i=1}^n x_j^2$$", "index", r"\sum_{i=1}^n x_i^2"),
    (r"$$G = [a_2 - a_1, \dots, a_n - a_1] = [b_1, \dots, b_{n-1}]$$ where $b_k = a_k - a_1$", "off by one",
     "b_k = a_{k+1} - a_1"),
    (r"$$\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \begin{bmatrix} 1 \\ 1 \end{bmatrix} = "
     r"\begin{bmatrix} 3 \\ 8 \end{bmatrix}$$", "product of matrices", r"\begin{bmatrix} 3 \\ 7 \end{bmatrix}"),
    (r"$$(\frac{2+4}{2}, \frac{5+6+7}{3}) = (3, 6.5)$$", "sum of numbers", "(3, 6)"),
    (r"$$H_{\text{out}} = \left\lfloor \frac{9 - 3}{2} + 1 \right\rfloor = 3$$", "sum of numbers", "4"),
    (r"$$|b| = (n - k + 1) - m + 1 = n - k - m + 1$$", "step", "(n - k + 1) - m + 1"),
    (r"$$g_n = \sum_{i=n}^{n+k} u_i v_{i-n} = u_{n+j} v_j = \sum_{j=0}^{k} u_{n+j} a_j$$", "index survives its sum",
     r"\sum_{j=0}^{k} u_{n+j} v_j"),
    ("A = 32x32x16x48 = 786,432\n\nParameters: A = 3x48 = 144", "two modules in one comparison", "768"),
]
RIGHT = [
    "$2/3 \\approx 0.67$, $2/3 \\approx 0.66$, $150{,}528 \\approx 151$K, $97 \\approx 100$, $\\sum_{i=1}^2 3 + 4 = 10$",
    "$$x^2 - 2x = 3 = x(x - 2)$$ and $$y^2 - 1 = (y - 1)(y + 1) = y \\cdot y - 1$$",
    r"$$s_i = \sum_{j=1}^n W_{ij}$$", r"$$\sum_k p_k x_k = \mu \sum_k p_k$$", r"$$p_k = \frac{e^{z_k}}{\sum_k e^{z_k}}$$",
    "B has 3·9·600 = 16,200 weights. A has 2·600 = 1,200 weights, 13.5 times fewer than B.",
    "Max pooling 2x2 with stride 2 turns 27x27x16 into 13x13x16.",
    "One epoch takes 50000/32 = 1563 steps.",
    "In all 1,200 + 350 + 75 = 1,625 parameters.", "7*7*3*64*112*112 = 118.0M FLOPs", "about 11*11*3 = 0.4k", "x = 3, y = 4",
    r"$W = 3 \times 4$ and $b = 2$", "A = 10x10x30 = 3,000\n\nB = 10x10x40 = 4,000\n\nC = 7,000", r"\[ 2 + 2 = 4 = 1 + 3 \]",
    "$$\\frac{d g}{d x} = \\frac{d}{d x}\\left(- 3 x^2\\right)$$", "$$S(x)_i = \\frac{e^{x_i}}{\\sum_j e^{x_j}} = S(x)_i$$",
    "Here $r \\in \\{0, 1\\}$, so\n\n$$\\sum_{r=s}^{s+m} a_r$$", "$$f(x) = x^2 - 1 = (x - 1)(x + 1)$$",
    "h = 0.5^2 at the t-th step t",
    "$$F([1, a_2 / a_1, \\dots, a_n / a_1]) = F([1, b_1, \\dots, b_{n-1}]) \\quad b_j = a_{j+1} / a_1$$", "a + b = c",
    "$$e = mc^2$$",
    "Thus for row 1,\n\n$$1 + 2$$\n\nSimilarly for row 2,\n\n$$3 + 4$$", r"$x_1 = 3 + 4 \epsilon$", "1/3 = 0.33",
    "2^10 = 1,024", r"The width is $(64 + 2 \cdot 1 - 5)/2 + 1 = 31$.", "In binary, $1 + 1 = 10$.", "9 + 4 = 1 mod 12",
    "Questions 3-5 = 6 points",
    "Step 1: 3*100 = 300. Step 2: 300 + 200 = 500. After step 1, 500 remains: 800 - 300 = 500.",
    "256 * 4 = 1K", "2/3 = 0.66...", r"$\frac{2}{3} = 67\%$",
    r"$i \in \{1, n\}$, the first and the last of $\sum_{i=1}^n a_i$",
    "For sample 1 the mean is $$\\frac{2+4+6}{3} = 4$$ and for sample 1 the variance is $$\\frac{4+0+4}{3} = \\frac{8}{3}$$",
    r"$$\sum_{i=1}^n c = n c, \quad Z = \sum_{i=1}^{N} 1 = N$$", r"$$z_i = W_{ij} x_j = \sum_j W_{ij} x_j$$",
    r"$$\begin{bmatrix} 1 & 2 \end{bmatrix} * \begin{bmatrix} 1 \\ 1 \end{bmatrix} = \begin{bmatrix} 1 \end{bmatrix}$$",
    r"$$\frac{1}{3}\begin{bmatrix} 1 & 2 \end{bmatrix} = \begin{bmatrix} 0.33 & 0.67 \end{bmatrix}$$",
    r"$$z_i = W_{ij} x_j = \sum_{j=1}^n W_{ij} x_j$$", r"$$z_i = \sum_{j=1}^n W_{ij} x_j = W_{ij} x_j$$ summed over $j$",
    r"$$(\tfrac{1}{3}, \tfrac{2}{3}) = (0.33, 0.67)$$", r"$$(x + 1, 2 y) = (3, 4)$$", r"$$|b| = n - k + 1 = n - (k - 1)$$",
    r"$$f(x) = a x + b = 0$$", r"$$g_n = \sum_{j=0}^k u_{n+j} v_j = u_n v_0 + \dots + u_{n+k} v_k$$",
    "| Layer | Input | Output |\n|---|---|---|\n| a | 8×8×16 | 8×8×32 |\n| b | 8×8×16 | 8×8×64 |\n"
    "| concat | 8×8×96 | 8×8×96 |",
    "The input of size 3x32x32 goes through a conv layer with 8 filters of size 3x3, stride 1, padding 1, and another conv "
    "layer; the output has shape (16, 16, 16).",
]


@pytest.mark.parametrize(("text", "kind", "right"), WRONG, ids=[kind for _, kind, _ in WRONG])
def test_what_is_wrong_is_found_with_its_kind_and_what_is_right(text, kind, right):
    assert (kind, right) in [(found.kind, found.right) for found in proofread(text)]


@pytest.mark.parametrize("text", RIGHT)
def test_nothing_right_is_called_wrong(text):
    assert proofread(text) == ()


def test_a_row_that_reads_what_the_wrong_row_above_should_be_is_right():
    rows = ["| layer | kernel | stride | padding | output |", "|---|---|---|---|---|", "| input | | | | 16×32×32 |",
            "| C | 5×5×32 | 1 | 0 | 32×30×30 |", "| Pool | 2×2 | 2 | 0 | 32×14×14 |"]
    assert [(found.line, found.right) for found in proofread("\n".join(rows))] == [(4, "32×28×28")]


def test_a_single_digit_is_told_apart_as_a_possible_misreading():
    (found,) = proofread("8x8x64 = 4,097")
    assert found.doubtful and found.right == "4,096"


ROWS = ("- Conv-1 Layer 16 filters of size 5 × 5, stride 1, no padding.\n- Conv-2 Layer 32 filters of size 3 × 3, stride 2, "
        "padding 1.\n\nLayer\tInput\tKernel\tOutput\nConv-1\t32×32×3\t5×5×3\t28×28×16\nConv-2\t28×28×16\t3×3×16\t15×15×32\n"
        "FC-1\t{}×1\tNA\t10×1\n")
CELLS = ("| Layer | Input | Kernel | Stride | Padding | Output |\n|---|---|---|---|---|---|\n"
         "| conv1 | 28×28×16 | 3×3 | 1 | 0 | 25×25×24 |\n| conv2 | {} | 3×3 | 2 | 1 | 13×13×32 |\n")


@pytest.mark.parametrize(("text", "right", "doubtful"), [
    (ROWS.format("6,272"), "14×14×32", True), (ROWS.format("7,200"), "14×14×32", False),
    (ROWS.format("14×14×32"), "14×14×32", True),
    (CELLS.format("26×26×24"), "26×26×24", True)])
def test_what_the_row_below_has_right_may_be_misread_and_is_not_called_wrong_there(text, right, doubtful):
    (found,) = proofread(text)
    assert (found.right, found.doubtful) == (right, doubtful) and ("goes on with" in found.why) == doubtful


def test_a_part_may_begin_within_a_line():
    assert place_in("4. Consider a network\na) see above. (b) for 3x3, P = 1\n\nF = 2", 4) == "4(b)"


def test_places_are_lines_of_the_text():
    assert [found.line for found in proofread("one\n\n2 + 2 = 5\n\nthree\n3 + 4 = 8")] == [3, 6]


PLANTED = {
    "an index outside the group of its sum": (
        r"$$\frac{\partial S_i}{\partial x_j} = \frac{\mathbb{1}_{i=j} e^{x_i}}{\sum_{j'} e^{x_{j'}}} "
        r"- \frac{e^{x_i}}{(\sum_{j'} e^{x_{j'}})^2} \cdot e^{x_{j'}}$$", "index survives its sum", "e^{x_{j}}"),
    "two elements for a range that a list has": (
        r"$$S(x) = S([0, y_1, y_2, \dots, y_{K-1}]) \quad y_i = x_{i+1} - x_1, i \in \{1, K-1\}$$",
        "two elements for a range", r"\dots"),
    "a list that ends too soon": (
        r"$$S(x) = S([0, x_2 - x_1, \dots, x_{K-1} - x_1]) = S([0, y_1, \dots, y_{K-1}])$$ for $y_1, \dots, y_{K-1}$.",
        "off by one", "x_{K}-x_1"),
    "a sign in the middle of a chain whose end has other names": (
        r"$$1 - \sigma(z) = 1 - \frac{1}{1 + e^{-z}} = \frac{1 + e^{-z} + 1}{1 + e^{-z}} = \frac{e^{-z}}{1 + e^{-z}} = "
        r"\frac{e^{x_2}}{e^{x_1} + e^{x_2}}$$", "step", "e^{-z} - 1"),
    "two elements for a range by the index that it gives": (
        r"Only $r \in \{l, l + q - 1\}$ counts, since $s = r - l + 1$ and $s \in \{1, \dots, q\}$.",
        "two elements for a range", r"\dots"),
    "an output that the row below does not read, in a table whose parameters are sums": (
        "Conv-1\t64×64×3\t5×5×3\t60×60×16\t(5×5×3+1)×16 = 1216\nPool-1\t60×60×16\t2×2\t30×30×16\t0\n"
        "Conv-2\t30×30×16\t3×3×16\t28×28×23\t(3×3×16+1)×32 = 4640\nPool-2\t28×28×32\t2×2\t14×14×32\t0\n",
        "table row", "28×28×32"),
    "a step between two sides that agree, of which the last is not wrong as well": (
        "$$m = d + 2(k - 1) - (k - 1) - 1 + 1 = d + 2k - 2 - k + 2 = d + k - 1$$", "step", "d + k - 1"),
    "a number for the step that a sentence speaks of": (
        "Question 3. In the $k$-th step of Adam $$\\hat{s} = \\frac{s}{1 - 0.99^5}$$", "a number for the step", "0.99^k"),
    "one label for two results": (
        "Thus for batch 0,\n\n$$\\frac{1+2+3}{3} = 2$$\n\nThus for batch 0,\n\n$$\\frac{1+2+6}{3} = 3$$\n", "label",
        "batch 1"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_once_with_what_is_right(name):
    text, kind, right = PLANTED[name]
    (found,) = proofread(text)
    assert found.kind == kind and right in found.right


@pytest.mark.parametrize("text", [
    r"$$S_i = \frac{e^{x_i}}{\sum_j e^{x_j}} = \frac{e^{x_i}}{e^{x_i} + \sum_{j \ne i} e^{x_j}}$$",
    r"$$f = [x_1, \dots, x_n] = [y_0, \dots, y_{n-1}]$$",
    "(a) For layer 1, for layer 1 $$a = 2 z$$ (b) for layer 1 $$b = 3 z$$",
    r"$$\frac{1}{2} = \frac{z}{2z} = \frac{1}{2}$$",
    r"Labels $c \in \{0, 1\}$; $r \in \{l, q\}$, $s = r - l + 1$ and $s \in \{1, \dots, q\}$.",
    "1. In the $k$-th step of Adam the divisor is $1 - 0.9^k$.\n\n2. The half three times, $0.5^3 = 0.125$.",
    "Conv-1\t64×64×3\t5×5×3\t60×60×16\t(5×5×3+1)×16 = 1216\nPool-1\t60×60×16\t2×2\t30×30×16\t0\n"
    "Conv-2\t30×30×16\t3×3×16\t28×28×32\t(3×3×16+1)×32 = 4640\nPool-2\t28×28×32\t2×2\t14×14×32\t0\n"])
def test_what_is_right_is_left_alone(text):
    assert not proofread(text)
