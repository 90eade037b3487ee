"""Derivations as blogs, courses and textbooks print them, with the truth of every line.

T: true.  F: false, and does not follow from the line before.  E: either verdict will do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A derivation: declarations, and lines with their truth."""

    name: str
    given: str
    lines: tuple[tuple[str, str], ...]

    @property
    def first_wrong(self) -> int | None:
        """The first line that is false."""
        return next((k for k, (truth, _) in enumerate(self.lines) if truth == "F"), None)


CASES = [
    Case("cs231n-softmax-wrong", """
f: C
y: label C
p_k = exp(f_k)/sum_j exp(f_j)
L = -log(p_y)
""", (
        ("F", r"\frac{\partial L}{\partial f_k} = p_k - \mathbb{1}(y \neq k)"),
        ("F", r"\frac{\partial L}{\partial f_k} = \mathbb{1}(y = k) - p_k"),
    )),
    Case("logreg", """
w, x: d
y: scalar
sigma: sigmoid
z = w'*x
\\hat y = sigma(z)
L = -y*log(\\hat y) - (1-y)*log(1-\\hat y)
""", (
        ("T", r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial \hat y}\frac{\partial \hat y}{\partial "
             r"z}\frac{\partial z}{\partial w}"),
        ("T", r"= \left(-\frac{y}{\hat y} + \frac{1-y}{1-\hat y}\right)\hat y(1-\hat y)x"),
        ("T", r"= \frac{\hat y - y}{\hat y(1-\hat y)}\hat y(1-\hat y) x"),
        ("T", r"= (\hat y - y)x"),
    )),
    Case("newton-wrong", """
w: d
X: n d
y: n
p = sigmoid(X*w)
S = diag(p.*(1-p))
E = -sum(y.*log(p) + (1-y).*log(1-p))
""", (
        ("F", r"\nabla_w E = X^\top (y - p)"),
        ("F", r"\nabla_w^2 E = X S X^\top"),
    )),
    Case("ols", """
X: n d; y: n; beta: d
RSS = (y - X*beta)'*(y - X*beta)
""", (
        ("T", r"\text{RSS} = y^Ty - 2\beta^TX^Ty + \beta^TX^TX\beta"),
        ("T", r"\frac{\partial \text{RSS}}{\partial\beta} = -2X^Ty + 2X^TX\beta"),
        ("T", r"= -2X^T(y - X\beta)"),
        ("T", r"\frac{\partial^2 \text{RSS}}{\partial\beta\partial\beta^T} = 2X^TX"),
    )),
    Case("ols-wrong", """
X: n d; y: n; beta: d
RSS = (y - X*beta)'*(y - X*beta)
""", (
        ("F", r"\text{RSS} = y^Ty - 2\beta^TX^Ty + \beta^TXX^T\beta"),
        ("F", r"\frac{\partial \text{RSS}}{\partial\beta} = -2X^Ty + X^TX\beta"),
        ("F", r"= -X^T(y - X\beta)"),
    )),
    Case("ols-solve", """
X: n d; y: n; beta: d
X'*(y - X*beta) = 0
""", (
        ("T", r"X^TX\beta = X^Ty"),
        ("T", r"\Rightarrow \beta = (X^TX)^{-1}X^Ty"),
        ("F", r"\beta = (XX^T)^{-1}X^Ty"),
    )),
    Case("bishop-wrong", """
x: D
w^{(1)}: M D
w^{(2)}: K M
t: K
a_j = sum_i w^{(1)}_{ji}*x_i
z_j = tanh(a_j)
y_k = sum_j w^{(2)}_{kj}*z_j
E = 1/2*sum_k (y_k - t_k)^2
\\delta_k = y_k - t_k
""", (
        ("F", r"\frac{\partial E}{\partial w_{kj}^{(2)}} = \delta_k x_j"),
        ("F", r"\frac{\partial E}{\partial w_{ji}^{(1)}} = (1 - z_j)\sum_{k=1}^K w_{kj}^{(2)}\delta_k x_i"),
        ("F", r"\frac{\partial E}{\partial w_{ji}^{(1)}} = (1 - z_j^2) w_{kj}^{(2)}\delta_k x_i"),
    )),
    Case("mcdl-neuron", """
w, x: n
b: scalar
activation: relu
z(w,b,x) = w'*x + b
""", (
        ("T", r"\frac{\partial z}{\partial \mathbf{w}} = \mathbf{x}^T"),
        ("T", r"\frac{\partial z}{\partial b} = 1"),
        ("T", r"\frac{\partial}{\partial\mathbf{w}} activation(z) = \begin{cases} \vec{0}^T & \mathbf{w}\cdot"
             r"\mathbf{x}+b \le 0 \\ \mathbf{x}^T & \mathbf{w}\cdot\mathbf{x}+b > 0\end{cases}"),
    )),
    Case("pca", """
X: n d
w: d
lambda: scalar
S = 1/n*X'*X
L(w, lambda) = w'*S*w - lambda*(w'*w - 1)
""", (
        ("T", r"\frac{\partial L}{\partial w} = 2Sw - 2\lambda w"),
        ("T", r"\frac{\partial L}{\partial \lambda} = 1 - w^\top w"),
    )),
    Case("pca-solve", """
S: d d symmetric
w: d
lambda: scalar
S*w = lambda*w
w'*w = 1
""", (
        ("T", r"w^\top S w = w^\top \lambda w = \lambda"),
        ("F", r"w^\top S w = \lambda^2"),
    )),
    Case("svm-dual", """
w: d
X: n d
y: n
alpha: n
b: scalar
y_i \\in \\{-1,1\\}
x_i = X[i,:]
L = 1/2*w'*w - sum_i alpha_i*(y_i*(w'*x_i + b) - 1)
""", (
        ("T", r"\frac{\partial L}{\partial w} = w - \sum_{i=1}^n \alpha_i y_i x_i"),
        ("T", r"\frac{\partial L}{\partial b} = -\sum_i \alpha_i y_i"),
        ("F", r"\frac{\partial L}{\partial b} = \sum_i \alpha_i y_i"),
    )),
    Case("svm-dual-2", """
w: d
X: n d
y: n
alpha: n
b: scalar
y_i \\in \\{-1,1\\}
x_i = X[i,:]
L = 1/2*w'*w - sum_i alpha_i*(y_i*(w'*x_i + b) - 1)
w = sum_i alpha_i*y_i*x_i
sum_i alpha_i*y_i = 0
""", (
        ("T", r"L = \sum_i\alpha_i - \frac12\sum_{i}\sum_j\alpha_i\alpha_jy_iy_jx_i^\top x_j"),
        ("F", r"L = \sum_i\alpha_i + \frac12\sum_{i,j}\alpha_i\alpha_jy_iy_jx_i^\top x_j"),
        ("T", r"\|w\|^2 = \sum_{i,j}\alpha_i\alpha_jy_iy_j\langle x_i, x_j\rangle"),
    )),
    Case("vae-kl", """
mu, sigma: J
sigma_j > 0
""", (
        ("T", r"D_{KL} = -\frac12\sum_{j=1}^J\left(1 + \log(\sigma_j^2) - \mu_j^2 - \sigma_j^2\right)"),
        ("T", r"\frac{\partial D_{KL}}{\partial \mu_j} = \mu_j"),
        ("T", r"\frac{\partial D_{KL}}{\partial \sigma_j} = -\frac{1}{\sigma_j} + \sigma_j"),
        ("F", r"\frac{\partial D_{KL}}{\partial \sigma_j} = -\frac{1}{2\sigma_j} + \sigma_j"),
    )),
    Case("gan", """
a, b, y: scalar
a > 0
b > 0
y > 0
y < 1
f(y) = a*log(y) + b*log(1 - y)
""", (
        ("T", r"f'(y) = \frac{a}{y} - \frac{b}{1-y}"),
        ("T", r"f''(y) = -\frac{a}{y^2} - \frac{b}{(1-y)^2}"),
        ("T", r"f''\left(\frac{a}{a+b}\right) = -\frac{a}{(\frac{a}{a+b})^2} - \frac{b}{(1-\frac{a}{a+b})^2} < 0"),
        ("F", r"f'(y) = \frac{a}{y} + \frac{b}{1-y}"),
    )),
    Case("lstm", """
x_t: d; h_{t-1}: n; c_{t-1}: n
W_f, W_i, W_o, W_c: n d
U_f, U_i, U_o, U_c: n n
sigma: sigmoid
f_t = sigma(W_f*x_t + U_f*h_{t-1})
i_t = sigma(W_i*x_t + U_i*h_{t-1})
o_t = sigma(W_o*x_t + U_o*h_{t-1})
g_t = tanh(W_c*x_t + U_c*h_{t-1})
c_t = f_t.*c_{t-1} + i_t.*g_t
h_t = o_t.*tanh(c_t)
E: function of h_t
\\odot: elementwise
""", (
        ("T", r"\frac{\partial E}{\partial o_t} = \frac{\partial E}{\partial h_t}\odot\tanh(c_t)"),
        ("T", r"\frac{\partial E}{\partial c_t} = \frac{\partial E}{\partial h_t}\odot o_t\odot(1-\tanh^2(c_t))"),
        ("T", r"\frac{\partial E}{\partial f_t} = \frac{\partial E}{\partial c_t}\odot c_{t-1}"),
        ("T", r"\frac{\partial E}{\partial W_f} = \left(\frac{\partial E}{\partial c_t}\odot c_{t-1}\odot f_t"
             r"\odot(1-f_t)\right)x_t^\top"),
        ("F", r"\frac{\partial E}{\partial W_f} = \left(\frac{\partial E}{\partial c_t}\odot c_{t-1}\odot f_t"
             r"\right)x_t^\top"),
        ("T", r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(f_t)"),
    )),
    Case("gmm-mstep", """
x: N D
gamma: N K
mu: K D
pi: K
gamma_{nk} > 0
N_k = sum_n gamma_{nk}
Q = sum_n sum_k gamma_{nk}*(log(pi_k) - 1/2*sum_i (x_{ni} - mu_{ki})^2)
""", (
        ("T", r"\frac{\partial Q}{\partial \mu_{ki}} = \sum_{n=1}^N\gamma_{nk}(x_{ni}-\mu_{ki})"),
        ("T", r"\frac{\partial Q}{\partial \pi_k} = \frac{N_k}{\pi_k}"),
        ("F", r"\frac{\partial Q}{\partial \pi_k} = \frac{N}{\pi_k}"),
    )),
    Case("softmax-cases", """
z: n
s_i = exp(z_i)/sum_l exp(z_l)
""", (
        ("T", r"\frac{\partial s_i}{\partial z_j} = \frac{e^{z_i}\sum_l e^{z_l} - e^{z_j}e^{z_i}}{(\sum_l "
             r"e^{z_l})^2} \quad\text{if } i = j"),
        ("T", "= s_i(1 - s_j)"),
        ("T", r"\frac{\partial s_i}{\partial z_j} = -s_is_j, \quad i \neq j"),
        ("T", r"\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} - s_j)"),
        ("F", r"\frac{\partial s_i}{\partial z_j} = s_j(\delta_{ij} - s_j)"),
        ("T", r"\frac{\partial s}{\partial z} = \operatorname{diag}(s) - ss^\top"),
    )),
    Case("cookbook", """
A: n n; X: n n; B: n n; a, b, x: n
""", (
        ("T", r"\frac{\partial \mathbf{a}^T\mathbf{X}\mathbf{b}}{\partial\mathbf{X}} = \mathbf{a}\mathbf{b}^T"),
        ("T", r"\frac{\partial \mathbf{a}^T\mathbf{X}^T\mathbf{b}}{\partial\mathbf{X}} = \mathbf{b}\mathbf{a}^T"),
        ("T", r"\frac{\partial}{\partial \mathbf{X}}\operatorname{Tr}(\mathbf{A}\mathbf{X}\mathbf{B}) = "
             r"\mathbf{A}^T\mathbf{B}^T"),
        ("T", r"\frac{\partial}{\partial \mathbf{X}}\operatorname{Tr}(\mathbf{X}^T\mathbf{A}\mathbf{X}) = (\mathbf "
             r"A + \mathbf A^T)\mathbf X"),
        ("T", r"\frac{\partial\, \mathbf x^T\mathbf A\mathbf x}{\partial \mathbf x} = (\mathbf A + \mathbf A^T)"
             r"\mathbf x"),
        ("T", r"\frac{\partial \ln|\det(\mathbf X)|}{\partial\mathbf X} = (\mathbf X^{-1})^T"),
        ("T", r"\frac{\partial \mathbf a^T\mathbf X^{-1}\mathbf b}{\partial\mathbf X} = -\mathbf X^{-T}\mathbf a"
             r"\mathbf b^T\mathbf X^{-T}"),
        ("F", r"\frac{\partial \mathbf a^T\mathbf X^{-1}\mathbf b}{\partial\mathbf X} = -\mathbf X^{-1}\mathbf a"
             r"\mathbf b^T\mathbf X^{-1}"),
        ("F", r"\frac{\partial \mathbf{a}^T\mathbf{X}\mathbf{b}}{\partial\mathbf{X}} = \mathbf{b}\mathbf{a}^T"),
    )),
    Case("d2l-backprop", """
x: d; W^{(1)}: m d; W^{(2)}: q m
phi: function
z = W^{(1)}*x
h = phi(z)
o = W^{(2)}*h
L: function of o
\\odot: elementwise
""", (
        ("T", r"\frac{\partial L}{\partial \mathbf{W}^{(2)}} = \frac{\partial L}{\partial \mathbf{o}}\mathbf{h}^"
             r"\top"),
        ("T", r"\frac{\partial L}{\partial \mathbf{h}} = {\mathbf{W}^{(2)}}^\top\frac{\partial L}{\partial"
             r"\mathbf{o}}"),
        ("T", r"\frac{\partial L}{\partial \mathbf{z}} = \frac{\partial L}{\partial\mathbf{h}}\odot\phi'("
             r"\mathbf{z})"),
        ("T", r"\frac{\partial L}{\partial \mathbf{W}^{(1)}} = \frac{\partial L}{\partial\mathbf{z}}\mathbf{x}^\top"),
        ("F", r"\frac{\partial L}{\partial \mathbf{z}} = \frac{\partial L}{\partial\mathbf{h}}\odot\phi(\mathbf{z})"),
        ("F", r"\frac{\partial L}{\partial \mathbf{h}} = {\mathbf{W}^{(2)}}\frac{\partial L}{\partial\mathbf{o}}"),
    )),
    Case("nielsen-bp", """
x: n; w^2: m n; w^3: p m; b^2: m; b^3: p; t: p
sigma: sigmoid
z^2 = w^2*x + b^2
a^2 = sigma(z^2)
z^3 = w^3*a^2 + b^3
a^3 = sigma(z^3)
C = 1/2*sum_j (t_j - a^3_j)^2
\\odot: elementwise
\\delta^3 = \\partial C/\\partial z^3
\\delta^2 = \\partial C/\\partial z^2
""", (
        ("T", r"\delta^3 = \nabla_{a^3} C\odot\sigma'(z^3)"),
        ("T", r"\delta^3 = (a^3 - t)\odot\sigma'(z^3)"),
        ("T", r"\delta^2 = ((w^3)^T\delta^3)\odot\sigma'(z^2)"),
        ("T", r"\frac{\partial C}{\partial b^2_j} = \delta^2_j"),
        ("T", r"\frac{\partial C}{\partial w^3_{jk}} = a^2_k\delta^3_j"),
        ("F", r"\delta^2 = (w^3\delta^3)\odot\sigma'(z^2)"),
        ("F", r"\delta^2 = ((w^3)^T\delta^3)\odot\sigma'(z^3)"),
    )),
    Case("linear-batch", """
X: N D; W: D M; b: M
Y = X*W + b
L: function of Y
""", (
        ("T", r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y}W^T"),
        ("T", r"\frac{\partial L}{\partial W} = X^T\frac{\partial L}{\partial Y}"),
        ("T", r"\frac{\partial L}{\partial b_j} = \sum_i\frac{\partial L}{\partial Y_{ij}}"),
        ("F", r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y}X^T"),
        ("F", r"\frac{\partial L}{\partial b_j} = \frac{1}{N}\sum_i\frac{\partial L}{\partial Y_{ij}}"),
    )),
    Case("relu", """
x: n
L: function of y
y_i = max(0, x_i)
""", (
        ("T", r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}\mathbb{1}[x_i > 0]"),
        ("F", r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}\mathbb{1}[x_i < 0]"),
        ("F", r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}"),
    )),
    Case("tanh", """
x: scalar
""", (
        ("T", r"\tanh x = \frac{\sinh x}{\cosh x}"),
        ("T", r"\frac{d}{dx}\tanh x = \frac{\cosh^2 x - \sinh^2 x}{\cosh^2 x}"),
        ("T", r"= 1 - \tanh^2 x"),
        ("F", r"= 1 + \tanh^2 x"),
    )),
    Case("cs224n-delta", """
x: n; W: m n; b: m
z = W*x + b
f: function
h = f(z)
u: m
s = u'*h
\\circ: elementwise
\\delta = \\partial s/\\partial z
""", (
        ("T", r"\frac{\partial s}{\partial W_{ij}} = \delta_i x_j"),
        ("T", r"\frac{\partial s}{\partial W} = \delta x^T"),
        ("F", r"\frac{\partial s}{\partial W_{ij}} = \delta_j x_i"),
        ("F", r"\frac{\partial s}{\partial W} = x\delta^T"),
    )),
    Case("w2v-softmax", """
u: V d
v_c: d
o: label V
u_w = u[w,:]
J = -u_o'*v_c + log(sum_w exp(u_w'*v_c))
\\hat y_w = exp(u_w'*v_c)/sum_j exp(u_j'*v_c)
""", (
        ("T", r"\frac{\partial J}{\partial v_c} = -u_o + \frac{\sum_{w=1}^V u_w\exp(u_w^\top v_c)}{\sum_{j=1}^V"
             r"\exp(u_j^\top v_c)}"),
        ("T", r"= -u_o + \sum_{w=1}^V\hat y_w u_w"),
        ("F", r"= -u_o + \sum_{w=1}^V\hat y_w u_o"),
    )),
    Case("sigmoid-deriv-wrong", """
x: scalar
sigma: sigmoid
""", (
        ("F", r"\frac{d}{dx}\sigma(x) = -(1+e^{-x})^{-2}\cdot e^{-x}"),
        ("F", r"\sigma'(x) = \sigma(x)(1+\sigma(x))"),
        ("T", r"\sigma''(x) = \sigma(x)(1-\sigma(x))(1-2\sigma(x))"),
    )),
    Case("rnn-scalar", """
w, u, b, x_1, x_2, h_0, y: scalar
h_1 = tanh(w*h_0 + u*x_1 + b)
h_2 = tanh(w*h_1 + u*x_2 + b)
L = 1/2*(h_2 - y)^2
""", (
        ("T", r"\frac{\partial L}{\partial w} = (h_2 - y)(1-h_2^2)\left(h_1 + w(1-h_1^2)h_0\right)"),
        ("F", r"\frac{\partial L}{\partial w} = (h_2 - y)(1-h_2^2)h_1"),
        ("T", r"\frac{\partial h_2}{\partial h_1} = (1-h_2^2)w"),
    )),
    Case("kl-gauss", """
mu_1, mu_2, sigma_1, sigma_2: scalar
sigma_1 > 0
sigma_2 > 0
KL = log(sigma_2/sigma_1) + (sigma_1^2 + (mu_1-mu_2)^2)/(2*sigma_2^2) - 1/2
""", (
        ("T", r"\frac{\partial KL}{\partial \mu_1} = \frac{\mu_1-\mu_2}{\sigma_2^2}"),
        ("T", r"\frac{\partial KL}{\partial \sigma_1} = -\frac{1}{\sigma_1} + \frac{\sigma_1}{\sigma_2^2}"),
        ("F", r"\frac{\partial KL}{\partial \sigma_2} = \frac{1}{\sigma_2} - \frac{\sigma_1^2 + (\mu_1-\mu_2)^2}{"
             r"\sigma_2^2}"),
    )),
    Case("mle-gauss", """
x: n
mu, sigma: scalar
sigma > 0
l = -n/2*log(2*pi) - n*log(sigma) - 1/(2*sigma^2)*sum_i (x_i-mu)^2
""", (
        ("T", r"\ell = -\frac n2\log(2\pi) - \frac n2\log\sigma^2 - \frac{1}{2\sigma^2}\sum_{i=1}^n(x_i-\mu)^2"),
        ("T", r"\frac{\partial l}{\partial\mu} = \frac{1}{\sigma^2}\sum_{i=1}^n(x_i-\mu)"),
        ("T", r"\frac{\partial l}{\partial\sigma} = -\frac n\sigma + \frac{1}{\sigma^3}\sum_{i=1}^n(x_i-\mu)^2"),
        ("F", r"\frac{\partial l}{\partial\sigma} = -\frac n\sigma + \frac{1}{\sigma^2}\sum_{i=1}^n(x_i-\mu)^2"),
    )),
    Case("matrix-factorisation", """
R: m n; U: m k; V: n k; lambda: scalar
J = 1/2*norm(R - U*V')^2 + lambda/2*(norm(U)^2 + norm(V)^2)
E = R - U*V'
""", (
        ("T", r"\frac{\partial J}{\partial U} = -EV + \lambda U"),
        ("T", r"\frac{\partial J}{\partial V} = -E^\top U + \lambda V"),
        ("F", r"\frac{\partial J}{\partial V} = -U^\top E + \lambda V"),
        ("T", r"\frac{\partial J}{\partial U_{ia}} = -\sum_j E_{ij}V_{ja} + \lambda U_{ia}"),
    )),
    Case("logsumexp", """
x: n
f = log(sum_i exp(x_i))
""", (
        ("T", r"\frac{\partial f}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}}"),
        ("T", r"\nabla^2 f(x) = \operatorname{diag}(p) - pp^T, \quad p = \operatorname{softmax}(x)"),
        ("T", r"\frac{\partial^2 f}{\partial x_i\partial x_j} = p_i\delta_{ij} - p_ip_j"),
        ("F", r"\frac{\partial^2 f}{\partial x_i\partial x_j} = p_i - p_ip_j"),
    )),
    Case("focal", """
p, gamma: scalar
0 < p
p < 1
gamma > 0
FL = -(1-p)^gamma*log(p)
""", (
        ("T", r"\frac{d FL}{dp} = \gamma(1-p)^{\gamma-1}\log(p) - \frac{(1-p)^\gamma}{p}"),
        ("F", r"\frac{d FL}{dp} = \gamma(1-p)^{\gamma-1}\log(p) + \frac{(1-p)^\gamma}{p}"),
    )),
    Case("rayleigh", """
A: n n symmetric; x: n
R(x) = (x'*A*x)/(x'*x)
""", (
        ("T", r"\nabla R(x) = \frac{2}{x^Tx}(Ax - R(x)x)"),
        ("F", r"\nabla R(x) = \frac{2}{x^Tx}(Ax - x)"),
    )),
    Case("quadform-nosym", """
A: n n; x: n
""", (
        ("E", r"\nabla_x (x^TAx) = 2Ax"),
        ("T", r"\nabla_x (x^TAx) = Ax + A^Tx"),
    )),
    Case("differential", """
X: n p; y: n; w: p
d: differential
r = X*w - y
f = 1/2*r'*r
""", (
        ("T", r"df = r^\top dr"),
        ("T", r"= r^\top X\,dw"),
        ("T", r"\nabla_w f = X^\top r"),
    )),
    Case("dropout-ce-batch", """
Z: N K; Y: N K
sum_k Y_{nk} = 1
P = softmax(Z)
L = -1/N*sum_n sum_k Y_{nk}*log(P_{nk})
""", (
        ("T", r"\frac{\partial L}{\partial Z} = \frac1N(P - Y)"),
        ("F", r"\frac{\partial L}{\partial Z} = P - Y"),
    )),
    Case("hinge", """
w: d; x: d; y: scalar
y \\in \\{-1, 1\\}
L = max(0, 1 - y*w'*x)
""", (
        ("T", r"\frac{\partial L}{\partial w} = \begin{cases} -yx & yw^\top x < 1 \\ 0 & yw^\top x > 1\end{cases}"),
        ("T", r"\frac{\partial L}{\partial w} = -yx\,\mathbb 1[yw^\top x < 1]"),
        ("F", r"\frac{\partial L}{\partial w} = yx\,\mathbb 1[yw^\top x < 1]"),
        ("T", "y^2 = 1"),
    )),
    Case("cosine", """
x, y: n
s = x'*y/(norm(x)*norm(y))
""", (
        ("T", r"\frac{\partial s}{\partial x} = \frac{y}{\|x\|\|y\|} - \frac{x^\top y}{\|x\|^3\|y\|}x"),
        ("T", r"= \frac{1}{\|x\|}\left(\frac{y}{\|y\|} - s\frac{x}{\|x\|}\right)"),
        ("F", r"= \frac{1}{\|x\|}\left(\frac{y}{\|y\|} + s\frac{x}{\|x\|}\right)"),
    )),
    Case("taylor-newton", """
f(x) = x^3 - 2*x
x: scalar
""", (
        ("T", "f'(x) = 3x^2 - 2"),
        ("T", "f''(x) = 6x"),
        ("F", "f''(x) = 6x^2"),
    )),
    Case("bptt-matrix", """
h_0: n; x_1, x_2: d; W: n n; U: n d
h_1 = tanh(W*h_0 + U*x_1)
h_2 = tanh(W*h_1 + U*x_2)
L: function of h_2
\\delta_2 = \\partial L/\\partial h_2
""", (
        ("T", r"\frac{\partial L}{\partial h_1} = W^\top\operatorname{diag}(1-h_2^2)\delta_2"),
        ("F", r"\frac{\partial L}{\partial h_1} = \operatorname{diag}(1-h_2^2)W^\top\delta_2"),
        ("T", r"\frac{\partial L}{\partial U} = \operatorname{diag}(1-h_2^2)\delta_2x_2^\top + "
             r"\operatorname{diag}(1-h_1^2)W^\top\operatorname{diag}(1-h_2^2)\delta_2x_1^\top"),
    )),
    Case("conv-2d", """
X: H W; K: p q; p <= H; q <= W
Y: (H-p+1) (W-q+1)
Y_{ij} = sum_{a=1}^p sum_{b=1}^q X_{i+a-1,j+b-1}*K_{ab}
L: function of Y
""", (
        ("T", r"\frac{\partial L}{\partial K_{ab}} = \sum_i\sum_j\frac{\partial L}{\partial Y_{ij}}X_{i+a-1,j+b-1}"),
        ("F", r"\frac{\partial L}{\partial K_{ab}} = \sum_i\sum_j\frac{\partial L}{\partial Y_{ij}}X_{i+a,j+b}"),
        ("T", r"\frac{\partial L}{\partial X_{mn}} = \sum_i\sum_j\frac{\partial L}{\partial Y_{ij}}K_{m-i+1,n-j+1}"),
    )),
    Case("huber", """
a, delta: scalar
delta > 0
L = where(abs(a) <= delta, 1/2*a^2, delta*(abs(a) - delta/2))
""", (
        ("T", r"\frac{dL}{da} = \begin{cases} a & |a| \le \delta \\ \delta\,\text{sign}(a) & \text{otherwise}"
             r"\end{cases}"),
        ("F", r"\frac{dL}{da} = \begin{cases} a & |a| \le \delta \\ \delta a & \text{otherwise}\end{cases}"),
    )),
    Case("softplus", """
x: scalar
sigma: sigmoid
f(x) = log(1 + e^x)
""", (
        ("T", r"f'(x) = \frac{e^x}{1+e^x} = \frac{1}{1+e^{-x}} = \sigma(x)"),
        ("T", r"\log\sigma(x) = -f(-x)"),
        ("F", r"\log\sigma(x) = -f(x)"),
        ("T", r"1 - \sigma(x) = \sigma(-x)"),
    )),
    Case("kl-cat", """
z: K
q: K
sum_k q_k = 1
q_k > 0
p = softmax(z)
KL = sum_k q_k*log(q_k/p_k)
""", (
        ("T", r"KL = \sum_k q_k\log q_k - \sum_k q_k\log p_k"),
        ("T", r"\frac{\partial KL}{\partial z_j} = -\sum_k q_k\frac{1}{p_k}\frac{\partial p_k}{\partial z_j}"),
        ("T", r"= -\sum_k q_k(\delta_{jk} - p_j)"),
        ("T", r"= -q_j + p_j\sum_k q_k = p_j - q_j"),
    )),
    Case("temperature", """
z: n; T: scalar
T > 0
y: n
sum_i y_i = 1
p_i = exp(z_i/T)/sum_j exp(z_j/T)
L = -sum_i y_i*log(p_i)
""", (
        ("T", r"\frac{\partial L}{\partial z_i} = \frac{1}{T}(p_i - y_i)"),
        ("F", r"\frac{\partial L}{\partial z_i} = p_i - y_i"),
    )),
    Case("infonce", """
z: n; k: n M; tau: scalar
tau > 0
s_j = sum_i z_i*k_{ij}/tau
L = -s_1 + log(sum_j exp(s_j))
p = softmax(s)
""", (
        ("T", r"\frac{\partial L}{\partial z_i} = -\frac{k_{i1}}{\tau} + \frac1\tau\sum_j p_jk_{ij}"),
        ("F", r"\frac{\partial L}{\partial z_i} = -\frac{k_{i1}}{\tau} + \sum_j p_jk_{ij}"),
    )),
    Case("momentum", """
v_0 = 0
beta, eta: scalar
g_t, v_t: n
t: integer
t >= 1
v_t = beta*v_{t-1} + g_t
""", (
        ("T", r"v_t = \sum_{i=1}^t\beta^{t-i}g_i"),
        ("F", r"v_t = \sum_{i=1}^t\beta^{i}g_i"),
    )),
    Case("geometric", """
beta: scalar
t: integer
t >= 1
""", (
        ("T", r"(1-\beta)\sum_{i=1}^t\beta^{t-i} = 1-\beta^t"),
        ("F", r"(1-\beta)\sum_{i=1}^t\beta^{t-i} = 1-\beta^{t-1}"),
    )),
    Case("variance-exp", """
E: expectation over x
x: scalar
mu = E[x]
""", (
        ("T", r"E[(x-\mu)^2] = E[x^2 - 2\mu x + \mu^2]"),
        ("T", r"= E[x^2] - 2\mu E[x] + \mu^2"),
        ("T", r"= E[x^2] - \mu^2"),
        ("F", "= E[x^2]"),
    )),
    Case("ridge-closed", """
X: n d; y: n; w: d; lambda: scalar
lambda > 0
X'*(X*w - y) + lambda*w = 0
""", (
        ("T", r"(X^\top X + \lambda I)w = X^\top y"),
        ("T", r"w = (X^\top X + \lambda I)^{-1}X^\top y"),
        ("F", r"w = (X^\top X - \lambda I)^{-1}X^\top y"),
    )),
    Case("woodbury", """
X: n d; lambda: scalar; lambda > 0; y: n
""", (
        ("T", r"(X^\top X + \lambda I)^{-1}X^\top = X^\top(XX^\top + \lambda I)^{-1}"),
        ("F", r"(X^\top X + \lambda I)^{-1}X^\top = (XX^\top + \lambda I)^{-1}X^\top"),
    )),
    Case("matrix-inverse-diff", """
X: n n invertible
d: differential
""", (
        ("T", "d(X^{-1}) = -X^{-1}(dX)X^{-1}"),
        ("F", "d(X^{-1}) = -X^{-2}dX"),
        ("T", r"d\log\det X = \operatorname{tr}(X^{-1}dX)"),
    )),
    Case("multivariate-mle", """
x: n d; mu: d; S: d d symmetric positive-definite
l = -n/2*log(det(S)) - 1/2*sum_i (x[i,:]-mu)'*inv(S)*(x[i,:]-mu)
x_i = x[i,:]
""", (
        ("T", r"\frac{\partial l}{\partial\mu} = \sum_{i=1}^n S^{-1}(x_i-\mu)"),
        ("F", r"\frac{\partial l}{\partial\mu} = \sum_{i=1}^n S(x_i-\mu)"),
    )),
    Case("lda", """
w: d; S_B, S_W: d d symmetric
J = (w'*S_B*w)/(w'*S_W*w)
""", (
        ("T", r"\frac{\partial J}{\partial w} = \frac{2(w^TS_Ww)S_Bw - 2(w^TS_Bw)S_Ww}{(w^TS_Ww)^2}"),
        ("F", r"\frac{\partial J}{\partial w} = \frac{2(w^TS_Ww)S_Bw + 2(w^TS_Bw)S_Ww}{(w^TS_Ww)^2}"),
        ("F", r"\frac{\partial J}{\partial w} = \frac{2(w^TS_Ww)S_Bw - 2(w^TS_Bw)S_Ww}{w^TS_Ww}"),
    )),
    Case("kernel-ridge", """
K: n n symmetric; alpha, y: n; lambda: scalar
J = norm(y - K*alpha)^2 + lambda*alpha'*K*alpha
""", (
        ("T", r"\frac{\partial J}{\partial\alpha} = -2K(y-K\alpha) + 2\lambda K\alpha"),
        ("F", r"\frac{\partial J}{\partial\alpha} = -2K(y-K\alpha) + 2\lambda\alpha"),
    )),
    Case("perceptron-chain", """
w_1, w_2, x, y, b: scalar
sigma: sigmoid
a = w_1*x
h = sigma(a)
o = w_2*h + b
E = (o - y)^2
""", (
        ("T", r"\frac{\partial E}{\partial w_1} = \frac{\partial E}{\partial o}\cdot\frac{\partial o}{\partial h}"
             r"\cdot\frac{\partial h}{\partial a}\cdot\frac{\partial a}{\partial w_1}"),
        ("T", r"= 2(o-y)\cdot w_2\cdot h(1-h)\cdot x"),
        ("F", r"= 2(o-y)\cdot w_2\cdot h(1-h)\cdot w_1"),
    )),
    Case("implicit-ranges", """
W: m n; x: n; b: m
z_i = sum_j W_{ij}*x_j + b_i
a = relu(z)
L: function of a
""", (
        ("T", r"\frac{\partial L}{\partial W_{ij}} = \sum_k\frac{\partial L}{\partial z_k}\frac{\partial z_k}{"
             r"\partial W_{ij}}"),
        ("T", r"= \sum_k\frac{\partial L}{\partial z_k}\delta_{ki}x_j"),
        ("T", r"= \frac{\partial L}{\partial z_i}x_j"),
        ("T", r"\frac{\partial L}{\partial z_i} = \frac{\partial L}{\partial a_i}\mathbf 1_{z_i>0}"),
        ("F", r"\frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial z_j}x_i"),
    )),
    Case("einstein", """
A: m n; B: n p; C: m p
summation: einstein
C_{ik} = A_{ij}*B_{jk}
L: function of C
""", (
        ("T", r"\frac{\partial L}{\partial A_{ij}} = \frac{\partial L}{\partial C_{ik}}B_{jk}"),
        ("T", r"\frac{\partial L}{\partial B_{jk}} = A_{ij}\frac{\partial L}{\partial C_{ik}}"),
        ("F", r"\frac{\partial L}{\partial A_{ij}} = \frac{\partial L}{\partial C_{ik}}B_{kj}"),
    )),
    Case("vec", """
X: n p; y: n; beta: p
\\hat y = X*beta
S(beta) = sum_i (y_i - \\hat y_i)^2
""", (
        ("T", r"S(\beta) = \sum_{i=1}^n\left(y_i - \sum_{j=1}^pX_{ij}\beta_j\right)^2"),
        ("T", r"\frac{\partial S}{\partial\beta_j} = 2\sum_{i=1}^n(y_i-\hat y_i)\left(-\frac{\partial\hat y_i}{"
             r"\partial\beta_j}\right)"),
        ("T", r"= -2\sum_{i=1}^n X_{ij}(y_i-\hat y_i)"),
        ("F", r"= -2\sum_{i=1}^n X_{ij}(\hat y_i-y_i)"),
    )),
    Case("gelu", """
x: scalar
Phi(x) = 1/2*(1 + erf(x/sqrt(2)))
phi(x) = exp(-x^2/2)/sqrt(2*pi)
g(x) = x*Phi(x)
""", (
        ("T", r"\Phi'(x) = \phi(x)"),
        ("T", r"g'(x) = \Phi(x) + x\phi(x)"),
        ("F", r"g'(x) = \Phi(x) + \phi(x)"),
    )),
    Case("avgpool", """
x: n m
y_i = 1/m*sum_j x_{ij}
L: function of y
""", (
        ("T", r"\frac{\partial L}{\partial x_{ij}} = \frac1m\frac{\partial L}{\partial y_i}"),
        ("F", r"\frac{\partial L}{\partial x_{ij}} = \frac{\partial L}{\partial y_i}"),
    )),
    Case("weightnorm", """
v: n; g: scalar; x: n
w = g*v/norm(v)
L: function of w
""", (
        ("T", r"\nabla_g L = \frac{\nabla_w L\cdot v}{\|v\|}"),
        ("T", r"\nabla_v L = \frac{g}{\|v\|}\nabla_w L - \frac{g\nabla_g L}{\|v\|^2}v"),
        ("F", r"\nabla_v L = \frac{g}{\|v\|}\nabla_w L - \frac{g\nabla_g L}{\|v\|}v"),
    )),
    Case("reparam", """
mu, sigma, epsilon: scalar
z = mu + sigma*epsilon
f: function of z
""", (
        ("T", r"\frac{\partial f}{\partial\mu} = \frac{\partial f}{\partial z}"),
        ("T", r"\frac{\partial f}{\partial\sigma} = \frac{\partial f}{\partial z}\epsilon"),
        ("T", r"\frac{\partial f}{\partial\sigma} = \frac{\partial f}{\partial z}\cdot\frac{z-\mu}{\sigma}"),
        ("F", r"\frac{\partial f}{\partial\sigma} = \frac{\partial f}{\partial z}\sigma"),
    )),
    Case("transposed-conv", """
x: n; w: k
indices: from 0
y: n+k-1
y_i = sum_{j=0}^{k-1} x_{i-j}*w_j
L: function of y
""", (
        ("T", r"\frac{\partial L}{\partial x_i} = \sum_{j=0}^{k-1}\frac{\partial L}{\partial y_{i+j}}w_j"),
        ("T", r"\frac{\partial L}{\partial w_j} = \sum_{i=0}^{n-1}\frac{\partial L}{\partial y_{i+j}}x_i"),
        ("F", r"\frac{\partial L}{\partial x_i} = \sum_{j=0}^{k-1}\frac{\partial L}{\partial y_{i-j}}w_j"),
    )),
    Case("numbers-net", """
w_1 = 0.15; w_2 = 0.2; b_1 = 0.35; i_1 = 0.05; i_2 = 0.1
sigma: sigmoid
tolerance: 0.001
""", (
        ("T", "net_{h1} = w_1 * i_1 + w_2 * i_2 + b_1"),
        ("T", "= 0.15 * 0.05 + 0.2 * 0.1 + 0.35 * 1 = 0.3775"),
        ("T", r"out_{h1} = \frac{1}{1+e^{-net_{h1}}} = \frac{1}{1+e^{-0.3775}} \approx 0.593269992"),
        ("F", r"\frac{1}{1+e^{-0.3775}} \approx 0.62"),
    )),
    Case("taylor", """
x, w, b, y: scalar
phi: function
z = w*x + b
f = phi(z)
C = (f - y)^2
""", (
        ("T", r"\frac{\partial C}{\partial w} = 2(f-y)\phi'(z)x"),
        ("T", r"\frac{\partial^2 C}{\partial w^2} = 2\phi'(z)^2x^2 + 2(f-y)\phi''(z)x^2"),
        ("F", r"\frac{\partial^2 C}{\partial w^2} = 2\phi'(z)^2x^2"),
    )),
    Case("numerator-layout", """
layout: numerator
x: n; W: m n; y = W*x
L: function of y
""", (
        ("T", r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}\frac{\partial y}{\partial x}"),
        ("T", r"= \frac{\partial L}{\partial y}W"),
        ("F", r"= \frac{\partial L}{\partial y}W^T"),
    )),
    Case("denominator-layout", """
layout: denominator
x: n; W: m n; y = W*x
L: function of y
""", (
        ("T", r"\frac{\partial L}{\partial x} = \frac{\partial y}{\partial x}\frac{\partial L}{\partial y}"),
        ("T", r"= W^T\frac{\partial L}{\partial y}"),
        ("T", r"\frac{\partial y}{\partial x} = W^T"),
        ("F", r"\frac{\partial y}{\partial x} = W"),
    )),
    Case("gp-kernel", """
theta: scalar
K: n n function of theta
y: n
""", (
        ("T", r"\frac{\partial}{\partial\theta}\left(y^TK^{-1}y\right) = -y^TK^{-1}\frac{\partial K}{\partial"
             r"\theta}K^{-1}y"),
        ("T", r"\frac{\partial}{\partial\theta}\log|K| = \operatorname{tr}\left(K^{-1}\frac{\partial K}{\partial"
             r"\theta}\right)"),
        ("F", r"\frac{\partial}{\partial\theta}\left(y^TK^{-1}y\right) = y^TK^{-1}\frac{\partial K}{\partial"
             r"\theta}K^{-1}y"),
    )),
    Case("andrew-ng", """
X: m n; y: m; theta: n; alpha: scalar
x^{(i)} = X[i,:]; y^{(i)} = y[i]
g: sigmoid
l = sum_{i=1}^m (y[i]*log(g(theta'*X[i,:])) + (1-y[i])*log(1-g(theta'*X[i,:])))
""", (
        ("T", r"\frac{\partial}{\partial\theta_j}\ell(\theta) = \sum_{i=1}^m\left(y^{(i)}\frac{1}{g("
             r"\theta^Tx^{(i)})} - (1-y^{(i)})\frac{1}{1-g(\theta^Tx^{(i)})}\right)\frac{\partial}{\partial"
             r"\theta_j}g(\theta^Tx^{(i)})"),
        ("T", r"= \sum_{i=1}^m\left(y^{(i)}(1-g(\theta^Tx^{(i)})) - (1-y^{(i)})g(\theta^Tx^{(i)})\right)x_j^{(i)}"),
        ("T", r"= \sum_{i=1}^m\left(y^{(i)} - g(\theta^Tx^{(i)})\right)x_j^{(i)}"),
    )),
    Case("upper-index", """
indices: upper
summation: einstein
A: m n; x: n; B: n p
y^i = A^{ij}*x^j
""", (
        ("T", r"\frac{\partial y^i}{\partial x^k} = A^{ij}\delta^{jk}"),
        ("T", "= A^{ik}"),
    )),
    Case("zero-based", """
indices: from 0
x: n; h: k; k <= n
y: n-k+1
y_i = sum_{m=0}^{k-1} x_{i+m}*h_m
E: function of y
""", (
        ("T", r"\frac{\partial E}{\partial h_m} = \sum_{i=0}^{n-k}\frac{\partial E}{\partial y_i}x_{i+m}"),
        ("F", r"\frac{\partial E}{\partial h_m} = \sum_{i=0}^{n-k}\frac{\partial E}{\partial y_i}x_{i-m}"),
    )),
    Case("log2", """
log: base 2
p: scalar
p > 0
p < 1
H = -p*log(p) - (1-p)*log(1-p)
""", (
        ("T", r"\frac{dH}{dp} = \log\frac{1-p}{p}"),
        ("F", r"\frac{dH}{dp} = \ln\frac{1-p}{p}"),
    )),
    Case("policy", """
theta: n K; a: label K; s: n
z_k = sum_i theta_{ik}*s_i
pi_k = exp(z_k)/sum_l exp(z_l)
""", (
        ("T", r"\frac{\partial\log\pi_a}{\partial z_k} = \mathbb 1\{k=a\} - \pi_k"),
        ("T", r"\frac{\partial\log\pi_a}{\partial\theta_{ik}} = (\mathbb 1\{k=a\} - \pi_k)s_i"),
        ("F", r"\frac{\partial\log\pi_a}{\partial z_k} = \mathbb 1\{k=a\} - \pi_a"),
    )),
    Case("text-def-network", """
x: n; W_1: h n; W_2: m h; t: m
sigma: sigmoid
""", (
        ("T", r"z_1 = W_1x,\quad a_1 = \sigma(z_1),\quad z_2 = W_2a_1,\quad E = \frac12\|z_2 - t\|^2"),
        ("T", r"\frac{\partial E}{\partial z_2} = z_2 - t =: \delta_2"),
        ("T", r"\frac{\partial E}{\partial W_2} = \delta_2a_1^\top"),
        ("T", r"\frac{\partial E}{\partial a_1} = W_2^\top\delta_2"),
        ("T", r"\delta_1 := \frac{\partial E}{\partial z_1} = W_2^\top\delta_2\odot a_1\odot(1-a_1)"),
        ("T", r"\frac{\partial E}{\partial W_1} = \delta_1x^\top"),
        ("F", r"\frac{\partial E}{\partial W_1} = \delta_1a_1^\top"),
    )),
    Case("where-clause", """
x: n; W: m n; t: m
""", (
        ("T", r"\frac{\partial E}{\partial W} = (y-t)x^\top, \quad\text{where } y = Wx \text{ and } E = "
             r"\frac12(y-t)^\top(y-t)"),
    )),
    Case("trace-trick", """
x: n d; mu: d; S: d d positive-definite
x_i = x[i,:]
""", (
        ("T", r"\sum_i(x_i-\mu)^TS^{-1}(x_i-\mu) = \operatorname{tr}\left(S^{-1}\sum_i(x_i-\mu)(x_i-\mu)^T\right)"),
        ("F", r"\sum_i(x_i-\mu)^TS^{-1}(x_i-\mu) = \operatorname{tr}\left(S^{-1}\sum_i(x_i-\mu)^T(x_i-\mu)\right)"),
    )),
    Case("var-identity", """
x: n
\\bar x = 1/n*sum_i x_i
""", (
        ("T", r"\sum_{i=1}^n(x_i-\bar x)^2 = \sum_{i=1}^nx_i^2 - n\bar x^2"),
        ("T", r"\sum_{i=1}^n(x_i-\bar x) = 0"),
        ("F", r"\sum_{i=1}^n(x_i-\bar x)^2 = \sum_{i=1}^nx_i^2 - \bar x^2"),
    )),
    Case("lagrange", """
p: n; q: n; lambda: scalar
p_i > 0
q_i > 0
sum_i p_i = 1
sum_i q_i = 1
L = -sum_i q_i*log(p_i) + lambda*(sum_i p_i - 1)
-q_i/p_i + lambda = 0
""", (
        ("T", r"q_i = \lambda p_i"),
        ("T", r"\lambda = 1"),
        ("T", "p_i = q_i"),
    )),
    Case("conv-matrix", """
x: 3; w: 2
y_i = sum_{j=1}^2 w_j*x_{i+j-1}
y: 2
""", (
        ("T", r"y = \begin{pmatrix} w_1 & w_2 & 0 \\ 0 & w_1 & w_2\end{pmatrix}x"),
        ("F", r"y = \begin{pmatrix} w_2 & w_1 & 0 \\ 0 & w_2 & w_1\end{pmatrix}x"),
    )),
    Case("sum-split", """
x: n; k: label n
""", (
        ("T", r"\sum_i x_i = x_k + \sum_{i\neq k}x_i"),
        ("F", r"\sum_i x_i = x_k + \sum_{i=1}^n x_i"),
    )),
    Case("max-pool", """
a, b: scalar
y = max(a, b)
""", (
        ("T", r"\frac{\partial y}{\partial a} = \mathbb 1[a > b]"),
        ("F", r"\frac{\partial y}{\partial a} = \mathbb 1[a < b]"),
    )),
    Case("product-rule", """
f, g: function
x: scalar
""", (
        ("T", r"\frac{d}{dx}(f(x)g(x)) = f'(x)g(x) + f(x)g'(x)"),
        ("T", r"\frac{d}{dx}\frac{f(x)}{g(x)} = \frac{f'(x)g(x) - f(x)g'(x)}{g(x)^2}"),
        ("T", r"\frac{d}{dx}f(g(x)) = f'(g(x))g'(x)"),
        ("F", r"\frac{d}{dx}f(g(x)) = f'(x)g'(x)"),
        ("F", r"\frac{d}{dx}\frac{f(x)}{g(x)} = \frac{f'(x)g(x) + f(x)g'(x)}{g(x)^2}"),
    )),
]

__all__ = ["CASES", "Case"]
