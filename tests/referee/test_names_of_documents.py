"""What a document's own way of writing says of its names: steps, weights, examples, gradients, what is looked for."""

from __future__ import annotations

import pytest

from symderiv.reader.declare.shapes_told import shapes_in
from symderiv.reader.document.surroundings import formulas_in_words
from symderiv.referee import verify

RIGHT = ("proved", "supported", "conditional", "noted")
TEXTS = {
    "the class at which a one-hot array is 1; capitals that are a name": (r"""
Let $\hat{y} = \text{softmax}(\theta)$ and $CE = -\sum_i y_i\log\hat y_i$ where $y$ is one-hot with $y_k=1$.
$$\frac{\partial CE}{\partial\theta_i} = \begin{cases}\hat y_i - 1 & i = k\\ \hat y_i & \text{otherwise}\end{cases}$$
$$CE = -\log\hat y_k$$ $$\frac{\partial CE}{\partial\theta_i} = \hat y_i - 1$$""", [4]),
    "the correct class in words": (r"""
Let $p = \text{softmax}(z)$ and $L = -\sum_i y_i\log p_i$, $y$ a one-hot vector for the correct class $c$.
Then $L = -\log p_c$. $$L = -z_c + \log\sum_j e^{z_j}$$ $$L = z_c + \log\sum_j e^{z_j}$$""", [4]),
    "the functions of a normal law; a matrix below a norm": (r"""
GELU is $g(x) = x\Phi(x)$, so $g'(x) = \Phi(x) + x\phi(x)$
where $\phi(x) = \frac{1}{\sqrt{2\pi}}e^{-x^2/2}$, and $g'(x) = \Phi(x)$.

Let $A\in\mathbb R^{n\times n}$ be symmetric and $f(u)=\|u - v\|_A^2$.
$$\nabla f(u) = 2A(u-v)$$ $$\nabla f(u) = A(u-v)$$""", [3, 6]),
    "layers as superscripts, in indices": (r"""
Let $z^l_j = \sum_k w^l_{jk}a^{l-1}_k + b^l_j$, $a^l_j = \sigma(z^l_j)$ and $\delta^l_j = \partial C/\partial z^l_j$.
\begin{align} \delta^l_j &= \sum_k\frac{\partial C}{\partial z^{l+1}_k}\frac{\partial z^{l+1}_k}{\partial z^l_j}\\
&= \sum_k w^{l+1}_{kj}\delta^{l+1}_k\sigma'(z^l_j) \end{align}
\[\frac{\partial C}{\partial b^l_j}=\delta^l_j,\qquad \frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k\delta^l_j.\]
\[\frac{\partial C}{\partial w^l_{jk}} = a^l_k\delta^l_j.\]""", [6]),
    "layers as superscripts, as matrices; the next layer is known by its error alone": (r"""
Let $z^l = W^la^{l-1} + b^l$, $a^l = \sigma(z^l)$ and $\delta^l = \partial C/\partial z^l$. Then
\begin{align} \delta^l &= (W^{l+1})^\top\delta^{l+1}\odot\sigma'(z^l)\\ \frac{\partial C}{\partial b^l} &=\delta^l\\
\frac{\partial C}{\partial W^l} &= \delta^l (a^{l-1})^\top\\
\delta^l &= (W^{l+1})^\top\delta^{l+1}\odot\sigma(z^l)\end{align}""", [6]),
    "other entries than the one of a label; a law in plain letters": (r"""
Let $q = N(\mu, \mathrm{diag}(\sigma^2))$. For $v\in\mathbb R^d$, an outside vector $u_o$ and samples $u_1,\dots,u_K$ let
$$J = -\log\sigma(u_o^\top v) - \sum_{k=1}^K\log\sigma(-u_k^\top v)$$
$$\frac{\partial J}{\partial u_k} = (1-\sigma(-u_k^\top v))v = \sigma(u_k^\top v)v$$
$$\frac{\partial J}{\partial u_k} = (1+\sigma(-u_k^\top v))v$$""", [2]),
    "delta of other names is their gradient as well": (r"""
The cell is $a = Wx$, $f = \sigma(a)$, $c = f\odot u$, $h = \tanh(c)$ with $W\in\mathbb{R}^{n\times n}$
and a loss $L$ of $h$. Let $\delta h = \partial L/\partial h$. Then $$\delta c = \delta h\odot(1-h^2)$$
$$\delta f = \delta c\odot u$$
$$\delta c = \delta h\odot(1+h^2)$$""", [7]),
    "a matrix that rows made above is another one in the next exercise": (r"""
\textbf{Exercise 1.} Let $z_i = a_i^T x$ with $x\in\mathbb{R}^n$ and $f(x) = \sum_{i=1}^m z_i^2$. Then
\[ \nabla f(x) = 2A^TAx \] where $A$ has rows $a_i^T$.

\textbf{Exercise 2.} Let $g(X) = \mathrm{tr}(X^{-1}A)$ for invertible $X$. Then
\[ dg = -\mathrm{tr}(X^{-1}(dX)X^{-1}A) \] hence $\nabla g(X) = -(X^{-1}AX^{-1})$.""", [5]),
    "a gradient that a sentence sets to zero": (r"""
Let $f(w) = \|Xw-y\|^2 + \lambda\|w\|^2$ with $X\in\mathbb{R}^{n\times d}$.
Setting $\nabla f = 2X^\top(Xw-y) + 2\lambda w = 0$ yields $(X^\top X + \lambda I)w = X^\top y$,
and $\nabla f = 2X^\top(Xw-y) + \lambda w = 0$ does not.""", [3]),
    "items of a list in plain text, and sentences that say where names live": ("""
Let A ∈ ℝ^{n×n}, x ∈ ℝ^{n}, y = Ax, and f = x^T A x.

- dy/dx = A
- df/dx = (A + A^T) x
- df/dA = x^T x
""", [4]),
    "two claims in one row of plain text, and 1/N behind a slash": ("""
Mean and variance over a batch of size N:
mu = (1/N) * sum_i x_i
s2 = sum_i (x_i - mu)^2 / N
Note that sum_i (x_i - mu) = 0 and sum_i (x_i - mu) x_i = N s2.
dmu/dx_j = 1/N and ds2/dx_j = (x_j - mu)/N
""", [5]),
    "a chain in a sentence, and a name in its middle": (r"""
Let $W\in\mathbb R^{n\times n}$, $h = Wx$ and $L = \frac12\|h - t\|^2$ with $t\in\mathbb R^n$.
Write $\delta = \partial L/\partial h = h - t$. Then $$\frac{\partial L}{\partial x} = g = W^\top\delta$$
Write $e = \partial L/\partial h = t - h$.""", [4]),
    "what is solved for one after the other": (r"""
The likelihood is $$\ell = -\frac n2\log\sigma^2 - \frac1{2\sigma^2}\sum_{i=1}^n(x_i-\mu)^2.$$ Then
\[ \frac{\partial\ell}{\partial\mu} = \frac1{\sigma^2}\sum_{i=1}^n(x_i-\mu) = 0
\implies \hat\mu = \bar x = \frac1n\sum_i x_i \]
\[ \frac{\partial\ell}{\partial\sigma^2} = -\frac n{2\sigma^2} + \frac1{2\sigma^4}\sum_i(x_i-\mu)^2 = 0
\implies \hat\sigma^2 = \frac1n\sum_i(x_i-\hat\mu)^2 \]
\[ \frac{\partial\ell}{\partial\sigma^2} = -\frac n{2\sigma^2} + \frac1{2\sigma^4}\sum_i(x_i-\mu)^2 = 0
\implies \hat\sigma^2 = \frac1{n-1}\sum_i(x_i-\hat\mu)^2 \]""", [3]),
    "entries of a policy are written as its arguments": (r"""
The preferences are $h_a = \theta^\top\phi_a$ with $\phi_a\in\mathbb R^d$, and $$\pi(a) = \frac{e^{h_a}}{\sum_b e^{h_b}}$$
$$\nabla_\theta\log\pi(a) = \phi_a - \sum_b\pi(b)\phi_b$$
$$\nabla_\theta\sum_a\pi(a)r(a) = \sum_a\pi(a)r(a)\left(\phi_a - \sum_b\pi(b)\phi_b\right)$$
$$\nabla_\theta\sum_a\pi(a)r(a) = \sum_a\pi(a)r(a)\left(\phi_a + \sum_b\pi(b)\phi_b\right)$$""", [4]),
    "a policy of a state and an action": (r"""
$$\pi(a|s) = \frac{e^{\theta_{s,a}}}{\sum_{b} e^{\theta_{s,b}}}$$
$$\frac{\partial\log\pi(a|s)}{\partial\theta_{s,b}} = \delta_{ab} - \pi(b|s)$$
$$\frac{\partial\log\pi(a|s)}{\partial\theta_{s,b}} = \delta_{ab} - \pi(a|s)$$""", [2]),
    "the sum of all parts has their letter": (r"""
Let $\ell_i = y_i\eta_i - \eta_i^2$ with $\eta_i = x_i^\top\beta$, and $\ell=\sum_{i=1}^n\ell_i$.
\[ \nabla_\beta\ell = \sum_{i=1}^n(y_i-2\eta_i)x_i \] \[ \nabla_\beta\ell = \sum_{i=1}^n(y_i-\eta_i)x_i \]""", [4]),
    "d is a name where nothing is a differential": (r"""
Let $A$ be symmetric and $f(x) = \frac12 x^\top A x$. Writing $x = u + d$,
$$f(x) = \frac12 u^\top A u + u^\top A d + \frac12 d^\top A d$$
$$f(x) = \frac12 u^\top A u + u^\top A d - \frac12 d^\top A d$$""", [3]),
    "the case of a line stands in brackets behind it": (r"""
Let $p_j = \frac{\exp(s_j)}{\sum_{k=1}^N\exp(s_k)}$ and $\ell = -\log p_1$.
\[ \frac{\partial\ell}{\partial s_j} = p_j\quad (j\neq1) \]
\[ \frac{\partial\ell}{\partial s_j} = -p_j\quad (j\neq1) \]""", [3]),
    "a function at a point is no new function": (r"""
Let $E(w) = \frac12 w^\top A w - b^\top w$ with symmetric invertible $A$, and $m = A^{-1}b$. Then
\[ E(w) = E(m) + \frac12(w-m)^\top A(w-m) \] and $E(m) = -\frac12 b^\top A^{-1}b$; also $E(m) = \frac12 b^\top m$.""", [4]),
    "a mean is of as many terms as it is divided by": (r"""
We have $\mu = \frac1D\sum_i x_i$ and $v = \frac1D\sum_i(x_i-\mu)^2$.
$$\frac{\partial v}{\partial x_j} = \frac2D(x_j-\mu)$$
$$\frac{\partial v}{\partial x_j} = \frac1D(x_j-\mu)$$""", [3]),
    "the first of many that are summed over": (r"""
$$p_i = \frac{e^{z_i}}{\sum_{j=1}^N e^{z_j}}, \qquad L = -\log p_1$$
$$\frac{\partial L}{\partial z_1} = p_1 - 1$$
$$\frac{\partial L}{\partial z_1} = p_1$$""", [2]),
    "a derivative in a direction": (r"""
Let $A$ be a symmetric positive definite $n\times n$ matrix and $f(A) = \log\det A$.
\[ Df(A)[H] = \mathrm{tr}(A^{-1}H) \] \[ D^2f(A)[H,H] = -\mathrm{tr}(A^{-1}HA^{-1}H) \]
\[ D^2f(A)[H,H] = \mathrm{tr}(A^{-1}HA^{-1}H) \]""", [3]),
    "letters that tell the better from the worse": (r"""
$$\ell = -\log\sigma(r_w - r_l)$$
$$\frac{\partial\ell}{\partial r_w} = -\sigma(r_l - r_w)$$
$$\frac{\partial\ell}{\partial r_l} = -\sigma(r_l - r_w)$$""", [2]),
    "one example, and then many": (r"""
For an example $(x, y)$ let $p = \sigma(w^\top x + b)$ and $\ell = -y\log p - (1-y)\log(1-p)$.
\[ \nabla_w\ell = (p - y)x \] \[ \nabla_w^2\ell = p(1-p)xx^\top \]
For many we sum: \[ J(w) = \sum_{i=1}^N\log\sigma(w^\top x_i) \]
\[ \nabla^2 J(w) = -\sum_{i=1}^N\sigma(w^\top x_i)(1-\sigma(w^\top x_i))x_ix_i^\top \]
\[ \nabla^2 J(w) = \sum_{i=1}^N\sigma(w^\top x_i)(1-\sigma(w^\top x_i))x_ix_i^\top \]""", [6]),
    "a density of which it is said again what it is": (r"""
Bernoulli: \[ \log p(x|\theta) = x\log\theta + (1-x)\log(1-\theta) \]
\[ \frac{\partial}{\partial\theta}\log p(x|\theta) = \frac{x}{\theta} - \frac{1-x}{1-\theta} \]
Poisson: \[ \log p(x|\lambda) = x\log\lambda - \lambda - \log x! \]
\[ \frac{\partial}{\partial\lambda}\log p(x|\lambda) = \frac x\lambda - 1 \]
\[ \frac{\partial}{\partial\lambda}\log p(x|\lambda) = \frac x\lambda + 1 \]""", [4]),
    "entries that are listed": (r"""
Let $p=(p_1,\dots,p_n)$ be a probability distribution and $H = -\sum_{i=1}^n p_i\log p_i$.
\[ \frac{\partial H}{\partial p_i} = -\log p_i - 1 \] \[ \frac{\partial H}{\partial p_i} = -\log p_i + 1 \]""", [2]),
    "steps in time are names of their own": (r"""
Let $h_{t-1}, c_{t-1} \in \mathbb{R}^n$ and $x_t \in \mathbb{R}^d$.
$$f_t = \sigma(W_f x_t + U_f h_{t-1})$$
$$c_t = f_t \odot c_{t-1}$$
$$\frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1}$$
$$\frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial c_t} \odot c_{t-1}$$""", [3]),
    "iterations are no powers": (r"""
The gradient of $f(w) = \frac12 w^T A w - b^T w$ with symmetric $A$ is $Aw - b$, so that $w^\star = A^{-1} b$ and
$$w^{k+1} = w^k - \alpha (A w^k - b)$$
$$w^{k+1} - w^\star = (I - \alpha A)(w^k - w^\star)$$
$$w^{k+1} - w^\star = (I + \alpha A)(w^k - w^\star)$$""", [4]),
    "a policy is no number": (r"""
Let $\theta \in \mathbb{R}^K$ and
$$\pi_a = \frac{\exp(\theta_a)}{\sum_b \exp(\theta_b)}$$
$$\frac{\partial \log \pi_a}{\partial \theta_b} = \delta_{ab} - \pi_b$$
$$\frac{\partial \pi_a}{\partial \theta_b} = \pi_a (\delta_{ab} + \pi_b)$$""", [2]),
    "cases make positions of their letters": (r"""
Let $p_j = \frac{e^{o_j}}{\sum_k e^{o_k}}$ where $o$ is a vector. Then
$$\frac{\partial p_j}{\partial o_i} = p_i(1 - p_i),\quad i = j$$
$$\frac{\partial p_j}{\partial o_i} = p_i p_j,\quad i \neq j.$$""", [2]),
    "a minus above is part of the name": (r"""
With a symmetric $P^-\in\mathbb{R}^{n\times n}$ and $H\in\mathbb{R}^{m\times n}$,
$$P = (I-KH)P^-$$
$$P = P^- - KHP^-$$
$$P = P^- - HKP^-$$""", [2]),
    "the design matrix is made of the examples": (r"""
Examples $(x^{(i)}, y^{(i)})$, $i=1,\dots,m$, with $x^{(i)} \in \mathbb{R}^n$ and the $m \times n$ design matrix $X$.
$$J(\theta) = \frac{1}{2} \sum_{i=1}^{m} (\theta^T x^{(i)} - y^{(i)})^2$$
$$\nabla_\theta J = X^T (X\theta - y)$$
$$\nabla_\theta J = X^T (X\theta + y)$$""", [2]),
    "gradients of a loss that has no name": (r"""
Let $P, V \in \mathbb{R}^{n\times n}$ and $O = PV$. Given dO,
$$dV = P^T dO$$
$$dP = dO V$$""", [2]),
    "the logarithm of a density says what it is, and what is random is no equation": (r"""
Let $y \sim N(0, C)$ with a symmetric $C \in \mathbb{R}^{n\times n}$ and $p(y) = \mathcal{N}(0, C)$, so
$$\log p(y) = -\frac12y^\top C^{-1}y - \frac12\log|C|$$
$$\frac{\partial \log p(y)}{\partial y} = -C^{-1}y$$
$$\frac{\partial \log p(y)}{\partial y} = -\frac12 C^{-1}y$$""", [2]),
    "a word picks one of what is summed over": (r"""
Outside vectors $u_1,\dots,u_V \in \mathbb{R}^d$ and a center $v_c$.
$$J = -u_o^\top v_c + \log\sum_{w=1}^V\exp(u_w^\top v_c)$$
With $\hat y_w = \frac{\exp(u_w^\top v_c)}{\sum_x \exp(u_x^\top v_c)}$, for any other word $w \neq o$
$$\frac{\partial J}{\partial u_w} = \hat y_w v_c$$
and for the word itself
$$\frac{\partial J}{\partial u_o} = (1 - \hat y_o) v_c$$""", [3]),
    "an action is an argument and an index": (r"""
$$\pi_\theta(a|s) = \frac{e^{\theta_a^\top \phi(s)}}{\sum_{b} e^{\theta_b^\top\phi(s)}}$$
$$\nabla_{\theta_a}\log\pi_\theta(a|s) = (1-\pi_\theta(a|s))\phi(s)$$
and for any other action $b \neq a$
$$\nabla_{\theta_b}\log\pi_\theta(a|s) = \pi_\theta(b|s)\phi(s)$$""", [2]),
    "e is an error with two indices": (r"""
Let $p_u, q_i \in \mathbb{R}^k$ and $e_{ui} = r_{ui} - p_u^T q_i$, and $E_{ui} = e_{ui}^2$.
$$\frac{\partial E_{ui}}{\partial p_u} = -2e_{ui}q_i$$
$$\frac{\partial E_{ui}}{\partial q_i} = -e_{ui}p_u$$""", [3]),
    "a property of two names, each with its size": (r"""
Here $A$ ($n\times n$) and $R$ ($n\times n$) are symmetric.
$$f = x^T A x + x^T R x$$
$$\frac{\partial f}{\partial x} = 2(A+R)x$$
$$\frac{\partial f}{\partial x} = 2(A-R)x$$""", [2]),
    "the covariance of a normal law, its inverse, and what was solved for": (r"""
Let $x_1,\dots,x_N \in \mathbb{R}^D$ be i.i.d. from $\mathcal{N}(\mu,\Sigma)$.
$$\ell = \frac{N}{2}\log|\Sigma^{-1}| - \frac12\sum_{n=1}^N (x_n-\mu)^T\Sigma^{-1}(x_n-\mu)$$
$$\frac{\partial\ell}{\partial\mu} = \sum_{n=1}^N \Sigma^{-1}(x_n-\mu) = 0 \implies \hat\mu = \frac1N\sum_{n=1}^N x_n$$
With $\Lambda = \Sigma^{-1}$,
$$\frac{\partial\ell}{\partial\Lambda} = \frac{N}{2}\Sigma - \sum_{n=1}^N (x_n-\mu)(x_n-\mu)^T$$""", [3]),
    "a function of one example is taken of every row": (r"""
The set is $\{(\mathbf{x}^{(i)}, y^{(i)})\}_{i=1}^m$ with $\mathbf{x}^{(i)} \in \mathbb{R}^n$, and
$h_\theta(\mathbf{x}) = \frac{1}{1+e^{-\theta^T \mathbf{x}}}$.
$$J(\theta) = -\sum_{i=1}^m \left[ y^{(i)}\log h_\theta(\mathbf{x}^{(i)})
+ (1-y^{(i)})\log(1-h_\theta(\mathbf{x}^{(i)})) \right]$$
$$\nabla_\theta J = X^T(h_\theta(X) - \mathbf{y})$$
$$\nabla_\theta J = X^T(\mathbf{y} - h_\theta(X))$$""", [3]),
    "a value said in brackets is a condition": (r"""
Let $L = \|Xw + b\mathbf{1} - y\|^2$.
$$\nabla_w L = 2X^T(Xw+b\mathbf{1}-y)$$
Setting it to zero (with $b=0$) gives the normal equations $X^TXw = X^Ty$.

Setting it to zero (with $b=0$) gives the normal equations $X^TXw = X^TXy$.""", [3]),
    "a case before a formula in a list": (r"""
Let $p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}$.

- If $i = k$: $\frac{\partial p_k}{\partial z_k} = p_k(1-p_k)$
- If $i \neq k$: $\frac{\partial p_k}{\partial z_i} = -p_k p_i$
- If $i \neq k$: $\frac{\partial p_k}{\partial z_i} = p_k p_i$""", [3]),
    "the normal density beside a count that is called N, and what is held fixed": (r"""
$$r_{nk} = \frac{\pi_k \mathcal{N}(x_n \mid \mu_k, \sigma_k^2)}{\sum_{j=1}^K \pi_j \mathcal{N}(x_n\mid\mu_j,\sigma_j^2)}$$
We maximise, with $r_{nk}$ fixed,
$$Q = \sum_{n=1}^N\sum_{k=1}^K r_{nk}\left(\log\pi_k + \log\mathcal{N}(x_n \mid \mu_k, \sigma_k^2)\right)$$
$$\frac{\partial Q}{\partial \mu_k} = \sum_{n=1}^N r_{nk}\frac{x_n-\mu_k}{\sigma_k^2}$$
$$\frac{\partial Q}{\partial \mu_k} = \sum_{n=1}^N r_{nk}\frac{x_n-\mu_k}{\sigma_k}$$""", [3]),
    "sentences of plain text with formulas in them": (r"""PCA by Lagrange multipliers

Let Σ = (1/n) Σ_{i=1}^n x_i x_iᵀ be the covariance of centred data x_i ∈ R^d.
The Lagrangian of the largest variance is

L(u, λ) = uᵀΣu − λ(uᵀu − 1)

so ∂L/∂u = 2Σu − 2λu

Setting this to zero, Σu = λu.

so ∂L/∂u = 2Σu − λu""", [4]),
    "what is solved for by an inverse": (r"""
Let $L = \|Xw - y\|^2$.
$$\nabla_w L = 2X^T(Xw-y)$$
$$w = (X^TX)^{-1}X^Ty$$
$$\nabla_w L = X^T(Xw-y)$$""", [3]),
    "an outside word apart from the negatives that are summed over": (r"""
For a center vector $v$, an outside vector $u_o$ and negatives $u_1, \ldots, u_K$ we minimise
$$J = -\log\sigma(u_o^\top v) - \sum_{k=1}^K \log\sigma(-u_k^\top v)$$
$$\frac{\partial J}{\partial u_o} = (\sigma(u_o^\top v) - 1)v$$
$$\frac{\partial J}{\partial u_k} = \sigma(-u_k^\top v)\,v$$""", [2]),
    "a mini-batch with rows of ones": (r"""
$H = \mathrm{ReLU}(XW_1 + \mathbf{1}b_1^T)$, $S = HW_2 + \mathbf{1}b_2^T$, $W_1 \in \mathbb{R}^{D\times M}$,
$W_2 \in \mathbb{R}^{M \times C}$. Let $G = \frac{\partial L}{\partial S}$.
$$\frac{\partial L}{\partial b_2} = G^T\mathbf{1}$$
$$\frac{\partial L}{\partial W_1} = X^T\left(GW_2^T \odot \mathbb{1}[XW_1 + \mathbf{1}b_1^T > 0]\right)$$
$$\frac{\partial L}{\partial W_1} = X^T\left(GW_2^T \odot \mathbb{1}[XW_1 + \mathbf{1}b_1^T < 0]\right)$$""", [5]),
    "words before formulas of plain text": (r"""Ridge regression, closed form

We minimise J(w) = ||y - Xw||^2 + λ||w||^2 over w.

∇J(w) = -2Xᵀy + 2XᵀXw + 2λw

so that w = (XᵀX + λI)^{-1}Xᵀy

The Hessian is ∇²J(w) = 2XᵀX + λI.""", [3]),
    "a star between columns is taken entry by entry": (r"""
Let $z = Wx$, $a = \tanh(z)$ and $L = \|Va - y\|^2$ with $V \in \mathbb{R}^{k\times m}$, $W \in \mathbb{R}^{m\times n}$.
$$\frac{\partial L}{\partial z} = 2V^T(Va - y) * (1-a^2)$$
$$\frac{\partial L}{\partial z} = 2V^T(Va - y) * (1-a)$$""", [4]),
    "a variance is a square, and its logarithm another name for it": (r"""
With standard deviations $\sigma \in \mathbb{R}^d$ and $s_j = \log \sigma_j^2$,
$$L = \frac12 \sum_{j=1}^d (\sigma_j^2 - \log \sigma_j^2)$$
$$\frac{\partial L}{\partial s_j} = \frac12 (\sigma_j^2 - 1)$$
$$\frac{\partial L}{\partial s_j} = \sigma_j^2 - 1$$""", [3]),
    "what is said of any layer holds for the next one": (r"""
For $\ell = 1, \dots, L$ let $z^{(\ell)} = W^{(\ell)} a^{(\ell-1)} + b^{(\ell)}$ and
$a^{(\ell)} = \sigma(z^{(\ell)})$. For a cost $C$,
$$\frac{\partial C}{\partial z^{(\ell)}} = W^{(\ell+1)T} \frac{\partial C}{\partial z^{(\ell+1)}} \odot \sigma'(z^{(\ell)})$$
$$\frac{\partial z^{(\ell+1)}}{\partial b^{(\ell+1)}} = I$$
$$\frac{\partial C}{\partial W^{(\ell)}} = \frac{\partial C}{\partial z^{(\ell)}} (a^{(\ell-1)})^T$$
$$\frac{\partial C}{\partial W^{(\ell)}} = \frac{\partial C}{\partial z^{(\ell)}} (z^{(\ell-1)})^T$$""", [5]),
    "an arrow over the vector of all examples": (r"""
Let $J(\theta) = \frac12\sum_{i=1}^m (\theta^T x^{(i)} - y^{(i)})^2$ with $X \in \mathbb{R}^{m\times n}$,
whose rows are the $x^{(i)}$.
$$J(\theta) = \frac12 (X\theta - \vec{y})^T(X\theta - \vec{y})$$
$$\frac{\partial J}{\partial\theta_j} = \sum_{i=1}^m (\theta^T x^{(i)} - y^{(i)}) x_j^{(i)}$$
$$\nabla_\theta J = X^T(X\theta + \vec{y})$$""", [3]),
    "columns of a matrix, and the vector of a label": (r"""
Let $v \in \mathbb{R}^d$ and $U \in \mathbb{R}^{d\times V}$ with columns $u_w$,
$\hat y = \mathrm{softmax}(U^\top v)$ and $y$ one-hot.
$$J = -\log \hat y_o = -\sum_{w=1}^V y_w \log \hat y_w$$
$$\frac{\partial J}{\partial v} = -u_o + \sum_{w=1}^V \hat y_w u_w = U(\hat y - y)$$
$$\frac{\partial J}{\partial U} = v(\hat y - y)^\top$$
$$\frac{\partial J}{\partial u_w} = (y_w - \hat y_w) v$$""", [4]),
    "a space behind a definition, and Kronecker's delta beside a vector of that letter": (r"""
For $x\in\mathbb{R}^{d}$ let $h = \mathrm{ReLU}(W_1 x + b_1)\in\mathbb{R}^{m}$, $\hat y = W_2 h \in \mathbb{R}^k$ and
$L = \frac12 \|\hat y - y\|^2$. With $\delta = \hat y - y$ and $a = W_1 x + b_1$,
$$\frac{\partial L}{\partial a} = W_2^\top \delta \odot \mathbf{1}[a > 0]$$
$$\frac{\partial \hat y_i}{\partial \hat y_j} = \delta_{ij}$$
$$\frac{\partial L}{\partial W_1} = 2(W_2^\top \delta \odot \mathbf{1}[a > 0]) x^\top$$""", [7]),
    "a step length beside the variable of a line search": (r"""
Let $A\in\mathbb{R}^{n\times n}$ be symmetric, $b\in\mathbb{R}^n$, and $f(x) = \tfrac12 x^TAx - b^Tx$.
Write $r_k = b - Ax_k$ and $\phi(\alpha) = f(x_k + \alpha r_k)$. Then
\[ \phi'(\alpha) = -r_k^Tr_k + \alpha r_k^TAr_k \]
and setting this to zero gives $\alpha_k = \frac{r_k^Tr_k}{r_k^TAr_k}$. With $x_{k+1} = x_k + \alpha_k r_k$
\[ r_{k+1} = b - Ax_{k+1} = r_k - \alpha_k A r_k, \]
\[ f(x_{k+1}) - f(x_k) = -\frac{(r_k^Tr_k)^2}{r_k^TAr_k} \]""", [7]),
    "what ends an equation is a name for it": (r"""
For numbers $x_1, \dots, x_n$
$$\hat\mu = \frac1n\sum_{i=1}^n x_i = \bar x$$
$$\frac1n\sum_{i=1}^n (x_i - \bar x)^2 = \frac1n\sum_{i=1}^n x_i^2 - \bar x^2$$
$$\frac1n\sum_{i=1}^n (x_i - \bar x)^2 = \frac1n\sum_{i=1}^n x_i^2 - \bar x$$""", [2]),
    "what a function is may be said behind its use": (r"""
Write $\mu_i = \sigma(w^T x_i)$ with $\sigma(a) = \frac{1}{1+e^{-a}}$, $x_i, w \in \mathbb{R}^d$, $i=1,\dots,n$.
$$\frac{d\sigma}{da} = \sigma(a)(1-\sigma(a))$$
$$\nabla_w \sum_{i=1}^n \mu_i = \sum_{i=1}^n \mu_i(1-\mu_i)x_i$$
$$\nabla_w \sum_{i=1}^n \mu_i = \sum_{i=1}^n \mu_i(1+\mu_i)x_i$$""", [4]),
    "what lies in a space is no function beside one": (r"""
Let $a=\sigma(Wx)$, with $x\in\mathbb{R}^{n}$, $W\in\mathbb{R}^{m\times n}$ and $\sigma$ the logistic function. Throughout
$\frac{\partial\mathbf{y}}{\partial\mathbf{x}}$ is an $m\times n$ matrix for $\mathbf{y}\in\mathbb{R}^m$ and $\mathbf{x}$.
$$\frac{\partial a_i}{\partial x_j} = a_i(1-a_i)W_{ij}$$
$$\frac{\partial a_i}{\partial x_j} = a_i(1-a_i)W_{ji}$$""", [2]),
    "a prime belongs to a name of which something is said": (r"""
Let $z, g, h', h \in \mathbb{R}^n$.
$$h' = (1-z)\odot h + z\odot g$$
$$\frac{\partial L}{\partial z} = \frac{\partial L}{\partial h'}\odot(g - h)$$
$$\frac{\partial L}{\partial z} = \frac{\partial L}{\partial h'}\odot(h - g)$$""", [2]),
    "what something is subject to is supposed": (r"""
Let $S\in\mathbb{R}^{D\times D}$ be symmetric. We maximise $u^T S u$ subject to $u^T u = 1$. With
$$\mathcal{L} = u^T S u + \lambda (1 - u^T u)$$
$$\frac{\partial \mathcal{L}}{\partial u} = 2 S u - 2\lambda u = 0 \implies S u = \lambda u .$$
$$u^T S u = \lambda$$
$$u^T S u = 2 \lambda$$""", [4]),
    "a constraint is no definition of its right side": (r"""
Minimise $\frac12 x^T P x$ subject to the constraint $Ax=b$ where $A\in\mathbb{R}^{m\times n}$ and $P$ is symmetric.
\[ L(x,\nu) = \frac12 x^TPx + \nu^T(Ax-b) \]
\[ \nabla_x L = Px + A^T\nu \]
\[ \nabla_x L = Px - A^T\nu \]""", [3]),
    "a remark beside a line says what adds up to one": (r"""
With logits $z\in\mathbb{R}^m$ and $q=\mathrm{softmax}(z)$:
\begin{align}
\frac{\partial}{\partial z_j}\left(-\sum_i t_i\log q_i\right) &= q_j-t_j \qquad\text{(because $\sum_i t_i=1$)}\\
&= q_j+t_j
\end{align}""", [2]),
    "a sign below or above makes another name": (r"""
Let $f(x)=\frac12x^\top Ax-b^\top x$ with symmetric $A\in\mathbb{R}^{n\times n}$. With $x_{+}=x-\eta\nabla f(x)$,
$x^+ = 2x$ and $x_{new} = x^+ + x_+$ we have
\[ x_{+}-x = -\eta(Ax-b) \]
\[ x_{new} - 3x = -\eta(Ax-b) \]
\[ x_{+}-x = \eta(Ax-b) \]""", [6]),
    "a colon is the product of which a text speaks": (r"""
With the Frobenius product $A:B = \operatorname{tr}(A^TB)$ let $f = \frac12\|AX - B\|_F^2$ where
$A\in\mathbb R^{m\times m}$ and $X, B \in \mathbb R^{m\times n}$. Then
\begin{align*}
df &= (AX-B):A\,dX \\
&= A^T(AX-B):dX\\
&= A(AX-B):dX
\end{align*}""", [3]),
    "one may differentiate by vec": (r"""
Let $A\in\mathbb{R}^{m\times n}$, $X\in\mathbb{R}^{n\times p}$ and $Y=AX$.
\[ \frac{\partial\operatorname{vec}(Y)}{\partial\operatorname{vec}(X)^\top} = I_p\otimes A \]
\[ \frac{\partial\operatorname{vec}(Y)}{\partial\operatorname{vec}(X)^\top} = A\otimes I_p \]""", [2]),
    "a bare gradient is by what the text takes differentials of": (r"""
Let $\phi = x^T A x + b^T x$ where $A$ is an n-by-n matrix and $x, b \in \mathbb{R}^n$. Then
\[ d\phi = \left((A + A^T) x + b\right)^T dx \]
\[ \nabla\phi = (A + A^T) x + b \]
\[ \nabla\phi = (A + A^T) x - b \]""", [3]),
    "a primed name is what its equation says": (r"""
$$h' = (1-z)\odot h + z \odot \tilde h$$
Let $g = \partial L/\partial h'$. Then
$$\frac{\partial L}{\partial z} = g \odot (\tilde h - h)$$
$$\frac{\partial L}{\partial \tilde h} = g \odot h$$""", [3]),
    "a bias is added to every row": (r"""
$$Z = X W + b, \quad A = \tanh(Z), \quad L = \frac12\|A - Y\|_F^2$$
$$\frac{\partial L}{\partial Z} = (A - Y)\odot(1-A^2)$$
$$\frac{\partial L}{\partial b} = \mathbf{1}^\top \frac{\partial L}{\partial Z}$$
$$\frac{\partial L}{\partial b} = \mathbf{1}^\top A$$""", [3]),
    "a heading does not end what dX is the gradient of": (r"""
Let $P \in \mathbb{R}^{n\times n}$, $V \in \mathbb{R}^{n \times e}$ and $O = PV$, with $dO = \partial L/\partial O$.
## Values
$$dV = P^\top dO$$
## Weights
$$dP = dO\,V^\top$$
$$dP = \mathrm{rowsum}(dO)$$""", [4]),
    "a recurrence is read at one step": (r"""
Let $h_t = \tanh(W h_{t-1})$, $y_t = V h_t$ and $L = \sum_{t=1}^T \ell_t$ with $\ell_t = \frac12\|y_t - d_t\|^2$.
$$\frac{\partial L}{\partial y_t} = y_t - d_t$$
$$\frac{\partial L}{\partial h_t} = V^\top(y_t-d_t) + W^\top\mathrm{diag}(1-h_{t+1}^2)\frac{\partial L}{\partial h_{t+1}}$$
$$\frac{\partial L}{\partial h_t} = V^\top(y_t-d_t)$$
$$\frac{\partial L}{\partial V} = (y_t-d_t) h_t^\top$$""", [6, 7]),
    "the targets of a cross entropy sum to one": (r"""
With $o = V h + c$ and $p = \mathrm{softmax}(o)$ the cross entropy is $L = -\sum_k y_k \log p_k$.
$$\frac{\partial L}{\partial o} = p - y$$
$$\frac{\partial L}{\partial c} = y - p$$""", [4]),
    "what is set to zero holds behind a heading": (r"""
The Lagrangian is $L = \frac12 w^\top w - \sum_{i=1}^n\alpha_i\left[y_i(w^\top x_i+b)-1\right]$.
### Stationarity
$$\frac{\partial L}{\partial w} = w - \sum_{i=1}^n\alpha_iy_ix_i = 0$$
$$\frac{\partial L}{\partial b} = -\sum_{i=1}^n\alpha_iy_i = 0$$
### Substituting back
$$L = \sum_{i=1}^n\alpha_i - \frac12\sum_{i,j}\alpha_i\alpha_jy_iy_jx_i^\top x_j$$
$$L = \sum_{i=1}^n\alpha_i - \sum_{i,j}\alpha_i\alpha_jy_iy_jx_i^\top x_j$$""", [4]),
    "an array is no position, and what is restated depends on its argument": (r"""
Let $K_y = K + vI$ where $K = K(\theta)\in\mathbb{R}^{n\times n}$ and $v > 0$, with $y \in \mathbb{R}^n$ and
$L = -\frac12 y^\top K_y^{-1} y$.
$$\frac{\partial L}{\partial\theta} = \frac12y^\top K_y^{-1}\frac{\partial K_y}{\partial\theta}K_y^{-1}y$$
$$\frac{\partial L}{\partial\theta} = y^\top K_y^{-1}\frac{\partial K_y}{\partial\theta}K_y^{-1}y$$""", [3]),
    "a loss that is said to be positive": (r"""
With vectors $a,p,n\in\mathbb{R}^m$ let $L=\max(0,\|a-p\|^2-\|a-n\|^2+\alpha)$. If the loss is positive,
$$\nabla_pL = 2(p-a)$$
If the margin is violated,
$$\nabla_aL = 2(p-n)$$""", [2]),
    "the display that uses a matrix says what it is": (r"""
We have $p_i = \sigma(w^\top x_i)$ with the sigmoid $\sigma$ and
$l = -\sum_{i=1}^n \left[y_i \log p_i + (1-y_i)\log(1-p_i)\right]$.
$$\nabla_w^2 l = X^\top S X, \qquad S = \operatorname{diag}(p_i(1-p_i))$$
where $X$ is the $n \times d$ matrix whose rows are the $x_i^\top$.
$$\nabla_w^2 l = X^\top S^2 X$$""", [3]),
    "words of plain formulas are no products": (r"""
Let x be a vector of length n, and

mu = (1/n) * sum_i x_i
s = sqrt((1/n) * sum_i (x_i - mu)^2 + eps)
xhat_i = (x_i - mu) / s

where eps > 0 is a small constant.

dmu/dx_j = 1/n
ds/dx_j = (x_j - mu) / (n*s)
ds/dx_j = (x_j - mu) / s""", [5]),
    "a stationary point beside a unit vector": (r"""
Let $S = \frac1n\sum_{i=1}^n x_i x_i^T$ for $x_1,\ldots,x_n\in\mathbb{R}^d$ and let $u$ be a unit vector.
$$\nabla_u (u^TSu - \lambda(u^Tu - 1)) = 2Su - 2\lambda u$$
Setting this to zero yields
$$Su = \lambda u$$
so that
$$u^TSu = \lambda u^T u = \lambda$$""", []),
    "a size has a name of its own": (r"""
Let $Z_{i} = b + \sum_{a=1}^{k} K_{a} X_{i+a-1}$ with $X\in\mathbb{R}^{H}$, $K\in\mathbb{R}^k$ and $m=H-k+1$. Let
$s=\sum_{i}Z_{i}$ and $\ell=\frac12(s-t)^2 - \log(c!)$.
\[ \frac{\partial\ell}{\partial b}=\sum_{i=1}^m\frac{\partial\ell}{\partial Z_{i}} \]
\[ \frac{\partial\ell}{\partial b}=\sum_{i=1}^k\frac{\partial\ell}{\partial Z_{i}} \]""", [5]),
    "the last layer by what is said of any layer": (r"""
Let $z^l = W^la^{l-1} + b^l$, $a^l = \sigma(z^l)$, $C = \frac12\|a^L-y\|^2$ and $\delta^l = \frac{\partial C}{\partial z^l}$.
$$\delta^L = (a^L-y)\odot\sigma'(z^L)$$ $$\delta^l = (W^{l+1})^\top\delta^{l+1}\odot\sigma'(z^l)$$
$$\frac{\partial C}{\partial W^l} = \delta^l(a^{l-1})^\top$$ $$\delta^L = (y-a^L)\odot\sigma'(z^L)$$
$$\frac{\partial C}{\partial W^l} = \delta^L(a^{l-1})^\top$$""", [7, 8]),
    "the last layer in brackets, of another activation": (r"""
For $l=1,\dots,L-1$ let $z^{[l]} = W^{[l]}a^{[l-1]}$, $a^{[l]} = g(z^{[l]})$. With $a^{[L]} = \mathrm{softmax}(z^{[L]})$ and
one-hot $y$ the loss is $J = -\sum_j y_j\log a^{[L]}_j$; let $\delta^{[l]} = \frac{\partial J}{\partial z^{[l]}}$.
$$\delta^{[L]} = a^{[L]}-y$$ $$\delta^{[L]} = (a^{[L]}-y)\odot g'(z^{[L]})$$""", [6]),
    "K_y beside y = f + e, whose kernel has a hyperparameter": (r"""
We observe $y = f+\epsilon$, $\epsilon\sim\mathcal{N}(0,\sigma^2I)$, and put $K_y=K+\sigma^2I$ with
$K\in\mathbb{R}^{n\times n}$.
$$\log p(y) = -\frac12y^\top K_y^{-1}y-\frac12\log|K_y|-\frac n2\log2\pi$$ Let $\theta$ be a parameter of the kernel.
$$\frac{\partial K_y^{-1}}{\partial\theta} = -K_y^{-1}\frac{\partial K_y}{\partial\theta}K_y^{-1}$$
$$\frac{\partial K_y^{-1}}{\partial\theta} = K_y^{-1}\frac{\partial K_y}{\partial\theta}K_y^{-1}$$""", [4]),
    "an inverse Hessian; a direction d, transposed below a bar": (r"""
Let $f(x) = \frac12x^\top Ax-b^\top x$ with symmetric $A\in\mathbb{R}^{n\times n}$ and let $d = b - Ax$.
$$x-\nabla^2f(x)^{-1}\nabla f(x) = A^{-1}b$$ $$\frac{d^\top d}{d^\top d} = 1$$
$$\nabla f(x)^\top\nabla^2f(x)^{-1}d = -d^\top A^{-1}d$$
$$x-\nabla^2f(x)\nabla f(x) = A^{-1}b$$ $$\nabla f(x)^\top\nabla^2f(x)^{-1}d = d^\top A^{-1}d$$""", [5, 6]),
    "a deviation is positive, and its logarithm another name for it": (r"""
Let $q = \mathcal{N}(\mu,\operatorname{diag}(\sigma^2))$ with $\mu,\sigma\in\mathbb{R}^d$ and $s_j=\log\sigma_j^2$. For
$z=\mu+\sigma\odot\epsilon$, a loss $\ell(z)$ and $g=\nabla_z\ell$,
$$\frac{\partial\ell}{\partial s_j} = \frac12g_j\epsilon_je^{s_j/2}$$ $$\frac{\partial\ell}{\partial\mu} = g$$
$$\frac{\partial\ell}{\partial s_j} = g_j\epsilon_je^{s_j/2}$$""", [5]),
    "probabilities that sum to 1 in a Lagrangian of two arguments": (r"""
Maximise $H(p)=-\sum_ip_i\log p_i$ subject to $\sum_ip_i=1$. Here
$$ L(p,\lambda) = -\sum_{i=1}^np_i\log p_i+\lambda\left(\sum_{i=1}^np_i-1\right) $$
$$ \frac{\partial L}{\partial p_i} = -\log p_i-1+\lambda $$
$$ \frac{\partial L}{\partial p_i} = -\log p_i+1+\lambda $$""", [4]),
    "what comes from the next step, where δ stands for a gradient": (r"""
$$f_t = \sigma(Wh_{t-1})$$ $$c_t = f_t\odot c_{t-1}+(1-f_t)\odot x_t$$ $$h_t = o_t\odot\tanh(c_t)$$
Let $\delta h_t = \partial L/\partial h_t$ and $\delta c_t=\partial L/\partial c_t$.
$$\delta c_t = \delta h_t\odot o_t\odot(1-\tanh^2(c_t))+\delta c_{t+1}\odot f_{t+1}$$
$$\delta c_t = \delta h_t\odot o_t\odot(1-\tanh^2(c_t))+\delta c_{t+1}\odot f_t$$""", [6]),
    "a geometric series up to the step, beside a recurrence": (r"""
The average is $m_t = \beta m_{t-1} + (1-\beta)g_t$. The weights are a geometric series,
$$\sum_{i=1}^t\beta^{t-i} = \frac{1-\beta^t}{1-\beta}$$ $$\sum_{i=1}^t\beta^{t-i} = \frac{1-\beta^{t}}{1+\beta}$$""", [2]),
    "a mean that nothing defines, beside numbers of a section above": (r"""
\section{A} Let $x_1,\ldots,x_n$ have the density $p(x)=\lambda e^{-\lambda x}$, $x>0$, $\lambda>0$.
\section{B} The log-likelihood is \[ \ell(\lambda) = n\log\lambda-\lambda\sum_{i=1}^nx_i \]
\[ \ell'(\lambda) = \frac n\lambda-n\bar x \] \[ \ell'(\lambda) = \frac n\lambda-\bar x \]""", [3]),
    "a matrix with columns; a class that is compared by another letter": (r"""
For $v_c$ and vectors $u_w$ let $\hat y_o = \frac{\exp(u_o^\top v_c)}{\sum_{w=1}^V\exp(u_w^\top v_c)}$ and $J=-\log\hat y_o$.
With $U$ having the $u_w$ as columns and $y$ the one-hot vector of $o$,
$$\frac{\partial J}{\partial v_c} = U(\hat y-y)$$ $$\frac{\partial J}{\partial u_w} = \hat y_wv_c\quad(w\neq o)$$
$$\frac{\partial J}{\partial u_o} = (\hat y_o-1)v_c$$ $$\frac{\partial J}{\partial U} = (\hat y-y)v_c^\top$$""", [5]),
    "a probability of a class as the head of an equation": (r"""
For $x\in\mathbb{R}^d$ let
$$P(y=k|x) = \frac{\exp(w_k^\top x)}{\sum_{j=1}^K\exp(w_j^\top x)}$$
Write $p_k$ for this probability.
$$\sum_{k=1}^KP(y=k|x) = 1$$ $$\frac{\partial}{\partial x}\log P(y=k|x) = w_k-\sum_jp_jw_j$$
$$\frac{\partial}{\partial x}\log P(y=k|x) = w_k+\sum_jp_jw_j$$""", [3]),
    "the two probabilities of a label": (r"""
$$P(y=1\mid x) = \sigma(w^\top x+b)$$ $$P(y=0\mid x) = 1-\sigma(w^\top x+b)$$
$$\log\frac{P(y=1\mid x)}{P(y=0\mid x)} = w^\top x+b$$ $$\log\frac{P(y=1\mid x)}{P(y=0\mid x)} = w^\top x-b$$""", [3]),
    "data of a model with an error that is drawn": (r"""
Suppose $y=Xw+\epsilon$, $\epsilon\sim\mathcal{N}(0,\sigma^2I)$, $X\in\mathbb{R}^{n\times d}$.
$$J(w) = \frac{1}{2\sigma^2}\|y-Xw\|^2+\frac1{2\tau^2}\|w\|^2$$
$$\nabla J(w) = -\frac1{\sigma^2}X^\top(y-Xw)+\frac{1}{\tau^2}w$$
$$\nabla J(w) = \frac1{\sigma^2}X^\top(y-Xw)+\frac{1}{\tau^2}w$$""", [3]),
    "an unknown loss of what is made of X, and then one of X": (r"""
Let $Y=X^{-1}$ with $X\in\mathbb{R}^{n\times n}$ and $G=\partial L/\partial Y$. Then
$$\frac{\partial L}{\partial X} = -X^{-\top}GX^{-\top}$$ For $L=\log\det X$,
$$\frac{\partial L}{\partial X} = X^{-\top}$$ $$\frac{\partial L}{\partial X} = X^{-1}$$""", [5]),
}


@pytest.mark.parametrize(("said", "status"), [
    ("with $A = A^T$.", "proved"), (r"and $x\in\mathbb{R}^n$. Suppose $A^T = A$.", "proved"), (", symmetric.", "proved"),
    (r"and $x\in\mathbb{R}^n$. Then $A = A^T$.", "conditional"), (". We find $A^T = A$.", "conditional"),
    (". $$A^T = A$$", "conditional"), (r"and $S\in\mathbb{R}^{m\times m}$ positive definite.", "conditional")])
def test_what_is_claimed_of_a_matrix_is_not_taken_for_what_it_is(said: str, status: str) -> None:
    report = verify(rf"""Let $A \in \mathbb{{R}}^{{n\times n}}$ {said}

$$f = x^\top A x$$ $$\nabla_x f = 2 A x$$""")
    assert report.lines[-1].status == status, str(report)


@pytest.mark.parametrize("said", [
    r"\text{const}", r"\text{(constant)}", r"\text{terms independent of } \mu", r"\mathrm{cst}"])
def test_what_is_called_constant_is_one_name(said: str) -> None:
    text = (r"Let $x_i, \mu \in \mathbb{R}^d$. $$\ell(\mu) = -\frac12 \sum_{i=1}^N \|x_i-\mu\|^2 + " + said + "$$ "
            r"$$\nabla_\mu \ell = \sum_i (x_i - \mu)$$ $$\nabla_\mu \ell = \sum_i (x_i + \mu)$$"
            r"$$\ell = \sum_i x_i^\top\mu - \frac N2 \|\mu\|^2 + " + said + "$$")
    report = verify(text)
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted", "proved"], str(report)


@pytest.mark.parametrize(("words", "said", "status"), [
    ("Hence", r"\frac1N", "supported"), ("Hence", r"\frac1{N-1}", "refuted"),
    ("Another estimate is", r"\frac1{N-1}", "noted")])
def test_a_hat_is_where_the_own_gradient_is_zero(words: str, said: str, status: str) -> None:
    text = rf"""Let $x_1,\dots,x_N \in \mathbb{{R}}^d$ and $\Sigma$ positive definite.
$$\ell = -\frac{{N}}{{2}}\log|\Sigma| - \frac12 \sum_{{i=1}}^N (x_i-\mu)^\top \Sigma^{{-1}} (x_i-\mu)$$
$$\frac{{\partial \ell}}{{\partial \mu}} = \sum_{{i=1}}^N \Sigma^{{-1}}(x_i - \mu) = 0$$
gives $\hat\mu = \frac1N \sum_i x_i$.
$$\frac{{\partial \ell}}{{\partial \Sigma}} = -\frac{{N}}{{2}}\Sigma^{{-1}}
+ \frac12 \sum_{{i=1}}^N \Sigma^{{-1}}(x_i-\mu)(x_i-\mu)^\top\Sigma^{{-1}}.$$
{words} $\hat\Sigma = {said} \sum_i (x_i-\hat\mu)(x_i-\hat\mu)^\top$."""
    report = verify(text)
    assert [line.status for line in report.lines] == ["noted", "conditional", "supported", "proved", status], str(report)


def test_what_fails_by_a_guess_alone_is_not_decided() -> None:
    text = r"$$f = c^\top x$$ $$\nabla_x f = c$$ $$g = \alpha(x^\top x) + \kappa$$ $$\nabla_x g = 2\kappa (A + x)$$"
    line = verify(text).lines[-1]
    assert line.status in ("undecided", "undeclared") and line.counterexample is None
    assert verify(text, "x, A, c: n; alpha, kappa: scalar").lines[-1].status == "refuted"


def test_what_words_suppose_is_not_decided() -> None:
    said = r"Let $s = \frac{u^\top v}{\|u\|}$ with $u, v\in\mathbb{R}^n$. "
    line = verify(said + r"For unit vectors, $s = u^\top v$.").lines[-1]
    assert line.status == "undecided" and "For unit vectors" in line.message
    assert verify(said + r"For the product, $s = u^\top v$.").lines[-1].status == "refuted"


def test_what_is_concluded_behind_a_let_is_no_supposition() -> None:
    for words in ("We get", "Then", "so", "and note that", "which gives"):
        report = verify(rf"Let $A,B\in\mathbb{{R}}^{{n\times n}}$ {words} "
                        r"$\mathrm{tr}(AB) = \mathrm{tr}(A)\mathrm{tr}(B)$.")
        assert [line.status for line in report.lines] == ["refuted"], words
    report = verify("Let $g(x) = x^2$. Then $g'(x) = 2x$. Note $x>0$. We get $g'(x) = 3x$, and $g'(x) = x$.")
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted", "refuted"]


@pytest.mark.parametrize("words", ["Let us expand", "Given vectors,", "Consider the square", "With the product rule",
                                   "For all $y$:", "We can write", "When expanding"])
def test_words_beside_a_claim_suppose_nothing(words: str) -> None:
    report = verify(rf"Let $x,y\in\mathbb{{R}}^n$. {words} $(x+y)^\top(x+y) = x^\top x+y^\top y$.")
    assert [line.status for line in report.lines] == ["refuted"]


def test_what_was_claimed_once_is_not_defined_anew() -> None:
    report = verify(r"Let $p = \text{softmax}(z)$ and $L = -\sum_i y_i\log p_i$, $y$ one-hot for the correct class $c$. "
                    r"$$L = -z_c + \log\sum_j e^{z_j}$$ $$L = z_c + \log\sum_j e^{z_j}$$")
    assert [line.status for line in report.lines] == ["noted", "noted", "proved", "refuted"]


def test_a_term_that_words_add_makes_no_line_wrong() -> None:
    wrong = r"$$\nabla_w L = -2\sum_i (y_i - w^\top x_i)x_i + 2\lambda w$$"
    text = r"Consider $L(w) = \sum_i (y_i - w^\top x_i)^2$ with $x_i\in\mathbb{R}^d$. "
    added = verify(f"{text} With a regularizer $\\lambda\\|w\\|^2$ this becomes {wrong}")
    assert [line.status for line in added.lines] == ["noted", "undecided"]
    assert [line.status for line in verify(f"{text} Its gradient is {wrong}").lines] == ["noted", "refuted"]


def test_what_a_text_calls_wrong_is_no_mistake_of_it() -> None:
    text = r"Let $L = \frac12\|Wx - t\|^2$ with $W\in\mathbb{R}^{m\times n}$. "
    wrong = r"$\frac{\partial L}{\partial W} = x(Wx - t)^\top$"
    for said in (f"A common mistake is to write {wrong}.", f"Here {wrong} is wrong.", f"It is tempting to say {wrong}."):
        assert [line.status for line in verify(text + said).lines] == ["noted", "noted"], said
    assert verify(f"{text} We make no error: {wrong}.").lines[-1].status in ("refuted", "ill-typed")


def test_a_sign_without_meaning_costs_its_line_alone() -> None:
    report = verify("Let $y = 2x$ and $z = 3 y$. $$z = 6 x$$ $$z = \N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}6 x$$")
    assert [line.status for line in report.lines][-2:] == ["proved", "unread"]


def test_what_hinges_on_something_that_is_said_nowhere_is_not_wrong() -> None:
    report = verify(r"""
For a cost $C$ and $a = \sigma(Wx)$ we find
$$\frac{\partial C}{\partial W} = \delta x^T$$
$$\nabla_x (x^T A x) = 2 A x + r$$
$$\nabla_x (x^T x) = 3x$$""")
    assert [line.status for line in report.lines[1:]] == ["undeclared", "undeclared", "refuted"], str(report)
    assert any(each.startswith("delta") for each in report.needed)


@pytest.mark.parametrize("name", TEXTS)
def test_right_lines_are_not_called_wrong_and_wrong_ones_are(name: str) -> None:
    text, wrong = TEXTS[name]
    report = verify(text)
    for line in report.lines:
        assert (line.wrong or line.status == "ill-typed") if line.number in wrong else line.status in RIGHT, str(report)


def test_two_names_of_one_quantity_are_two_paths_to_it() -> None:
    given = "z, h, g: n; a = z; b = z; u = 1 - a; H = h.*u + b.*g; L: function of H; \\cdot: elementwise"
    lines = [r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial H} \cdot g",
             r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial H} \cdot (g - h)",
             r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial H} \cdot h"]
    assert [line.status for line in verify(lines, given).lines] == ["proved", "proved", "refuted"]


def test_an_index_that_nothing_binds_is_said() -> None:
    report = verify([r"\frac{\partial L}{\partial x_i} = g_j x_i"], "x: n; g: n; L = sum_i x_i^3; j: index n")
    assert report.lines[0].diagnosis == "an index that nothing binds"


@pytest.mark.parametrize(("said", "declared"), [
    (r"$Y \in \{0,1\}^{N\times C}$ the one-hot labels", "Y: N C one-hot"),
    (r"labels $Y \in \{-1, +1\}^{N \times C}$", "Y: N C"),
    (r"$Y \in [0, 1]^{N \times C}$", "Y: N C"),
])
def test_spaces_of_arrays_with_entries_of_a_set(said: str, declared: str) -> None:
    report = verify(f"Let {said} and $P \\in \\mathbb{{R}}^{{N\\times C}}$.\n\n"
                    r"$$\nabla_P \tfrac12 \|P - Y\|_F^2 = P - Y$$")
    assert [line.status for line in report.lines] == ["proved"]
    assert any(t.startswith(f"{declared} ") for t in report.taken) and not any(t.startswith("F:") for t in report.taken)


@pytest.mark.parametrize(("said", "first"), [
    (r"$x\in\mathbb{R}^n$ and $y\in\mathbb{R}^m$ one-hot", "undecided"),
    (r"one-hot $x\in\mathbb{R}^n$ and $y\in\mathbb{R}^m$", "supported"),
    (r"$x\in\mathbb{R}^n$ and $y\in\mathbb{R}^m$ be one-hot", "supported"),
])
def test_a_property_behind_the_last_of_several_spaces_is_of_the_last_alone(said: str, first: str) -> None:
    report = verify(f"Let {said}.\n$$x \\odot x = x$$\n$$y \\odot y = y$$\n")
    assert [line.status for line in report.lines] == [first, "supported"]


def test_labels_of_a_set_are_drawn_from_it() -> None:
    report = verify("Let labels $y \\in \\{-1, +1\\}^N$.\n\n$$y_i^3 = y_i$$\n\n$$y_i = 1$$")
    assert [line.status for line in report.lines] == ["supported", "conditional"]


def test_a_definition_whose_product_does_not_conform_is_read_entry_by_entry_and_says_so() -> None:
    report = verify([r"D = \operatorname{diag}(p(1-p))", r"D = \operatorname{diag}(p) - \operatorname{diag}(p)^2",
                     r"D = \operatorname{diag}(p) + \operatorname{diag}(p)^2"], "p: n")
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted"]
    assert "entry by entry" in report.lines[0].notes[0]


def test_what_is_true_but_where_a_label_or_a_zero_is_met_is_conditional() -> None:
    given = "W: C D; x: D; y: label C; s = W*x; L = sum_{j != y} max(0, s_j - s_y + 1); H: D D positive_definite"
    lines = [r"\frac{\partial L}{\partial s_j} = \mathbb{1}[s_j - s_y + 1 > 0]", r"x^\top H x > 0", r"x^\top H x > 1",
             r"\frac{\partial L}{\partial s_j} = \mathbb{1}[s_j - s_y > 0]"]
    assert [line.status for line in verify(lines, given).lines] == ["conditional", "conditional", "refuted", "refuted"]


def test_words_of_a_formula_do_not_end_it() -> None:
    text = "encoder z = W1*x, decoder xhat = W2*z, loss L = 1/2*norm(xhat - x)^2"
    found = [text[start:end] for start, end in formulas_in_words(text, 0, len(text))]
    assert found == ["z = W1*x", "xhat = W2*z", "L = 1/2*norm(xhat - x)^2"]


def test_a_list_of_parameters_is_no_equation() -> None:
    report = verify(r"""
With $\theta = (\mu, s)$ and $f = (x - \mu)^2 / s$ we have
$$\frac{\partial f}{\partial \mu} = -2(x-\mu)/s$$""")
    assert [line.status for line in report.lines][1:] == ["proved"] and len(report.lines) == 2


CHAT = """Backprop for a two-layer net.

Shapes: `X` is N×D, `W1` is D×H, `b1` is (H,), `W2` is H×C, `b2` is (C,), `Y` is the one-hot N×C label matrix.

- $Z_1 = X W_1 + b_1$
- $A_1 = \\max(0, Z_1)$
- $Z_2 = A_1 W_2 + b_2$
- $P = \\mathrm{softmax}(Z_2)$
- $L = -\\frac{1}{N} \\sum_{i,c} Y_{ic} \\log P_{ic}$

Then

- $dZ_2 = \\frac{1}{N}(P - Y)$
- $dW_2 = A_1^\\top dZ_2$
- $dA_1 = dZ_2 W_2^\\top$
- $dZ_1 = dA_1 \\odot 1[Z_1 > 0]$
- $dW_1 = X^\\top dZ_1$
- $dX = dZ_1 W_1$
"""


def test_runs_of_blanks_and_of_names_end_soon():
    for said in ("a" + " " * 30_000 + "is", "`a` and " * 4_000, "a is (" + "b," * 10_000):
        assert not list(shapes_in(said, 0, len(said), {}))


def test_shapes_as_numpy_prints_them_are_declarations():
    report = verify(CHAT)
    assert [line.status for line in report.lines] == ["noted"] * 5 + ["proved"] * 5 + ["ill-typed"]
    assert report.lines[-1].diagnosis == "transposed"


@pytest.mark.parametrize(("said", "sizes"), [
    ("`W1` is D×H.", {"W1": "D H"}), ("- `b1`: bias, shape (H,)", {"b1": "H"}), ("| `X` | (N, D) |", {"X": "N D"}),
    ("X has shape N x D and W has shape D x C.", {"X": "N D", "W": "D C"}),
    ("W1, W2 are H×H matrices", {"W1": "H H", "W2": "H H"}),
    ("X.shape = (N, D)", {"X": "N D"}), (r"\(X\) has shape \((N, D)\)", {"X": "N D"}), ("x is n by 1", {"x": "n"}),
    (r"$Q, K, V$ are $T \times d$.", {"Q": "T d", "K": "T d", "V": "T d"}), ("f is (a, b)", {}), ("Let $x$ be (1, 2).", {}),
    ("We pick a (3x3) grid.", {}), ("then a is 2x smaller", {}),
])
def test_a_shape_is_said_in_many_ways(said, sizes):
    assert {told.pattern.text: " ".join(told.sizes) for told in shapes_in(said, 0, len(said), {})} == sizes


ATTENTION = """Sure! Let's derive the gradient of scaled dot-product attention.

Let Q be (T, d), K be (T, d), V be (T, d_v). Define

S = Q K^T / sqrt(d)
P = softmax(S)   (row-wise)
O = P V

Let G = dL/dO. Then:

dV = P^T G
dP = G V^T
dS = P * (dP - rowsum(P * dP))
dQ = dS K / sqrt(d)
dK = dS Q / sqrt(d)
"""


def test_a_plain_answer_with_its_shapes_as_tuples_needs_no_declaration():
    report = verify(ATTENTION)
    assert [line.status for line in report.lines] == ["noted"] * 4 + ["proved"] * 4 + ["refuted"]
    assert any("star is read as the product entry by entry" in note for note in report.lines[6].notes)
    wrong = verify(ATTENTION.replace("rowsum(P * dP)", "rowsum(dP)").partition("dQ")[0])
    # What no single slip explains may have been read otherwise than it is meant: the shapes alone are declared.
    assert [line.status for line in wrong.lines[4:]] == ["proved", "proved", "undecided"]


def test_derivatives_of_an_unknown_loss_by_unrelated_names_are_not_compared():
    report = verify("The upstream gradient is $g = \\partial L/\\partial y$. Then $\\partial L/\\partial \\beta = g$.")
    assert [line.status for line in report.lines][-1] == "undeclared"


LOGISTIC = r"""Let $p(x) = \sigma(w^\top x + b)$ with data $x_i \in \mathbb{R}^d$ and labels $y_i \in \{0,1\}$,
$i = 1,\dots,n$, where $\sigma(t) = 1/(1+e^{-t})$. The log-likelihood is
\[ \ell(w,b) = \sum_{i=1}^n y_i \log p(x_i) + (1-y_i)\log(1-p(x_i)). \]
Then
\begin{align*}
\nabla_w \ell &= \sum_{i=1}^n (y_i - p(x_i)) x_i, \\
\frac{\partial \ell}{\partial b} &= \sum_{i=1}^n (y_i - p(x_i)), \\
\nabla_w^2 \ell &= \sum_{i=1}^n p(x_i)(1-p(x_i)) x_i x_i^\top.
\end{align*}
"""


def test_the_argument_of_a_function_of_examples_is_one_example():
    report = verify(LOGISTIC)
    assert [(line.status, line.diagnosis) for line in report.lines[-3:]] == [
        ("proved", None), ("proved", None), ("refuted", "sign")]


def test_a_variance_spoken_of_beside_a_vector_makes_it_no_positive_one():
    said = "So $w \\in \\mathbb{R}^d$ is an eigenvector, and the variance is $w^\\top w = \\|w\\|^2$."
    taken = verify(said).taken
    assert taken and not any("positive" in name for name in taken)


CODE = """Forward (x is N x D):
  mu = np.mean(x, axis=1, keepdims=True)
  xc = x - mu
  s = 1/np.sqrt(np.mean(xc**2, axis=1, keepdims=True) + eps)
  y = gamma * xc * s + beta

Backward given dy:
  dbeta = np.sum(dy, axis=0)
  dgamma = np.sum(dy * xc * s, axis=0)
"""


def test_lines_of_code_tell_shapes_along_their_axes():
    report = verify(CODE)
    assert [line.status in ("proved", "supported") for line in report.lines] == [False] * 4 + [True] * 2
    assert {"gamma: D", "beta: D"} <= {each.partition("  ")[0] for each in report.taken}
    wrong = verify(CODE.replace("np.sum(dy, axis=0)", "np.mean(dy, axis=0)"))
    assert wrong.lines[4].status == "refuted"
    # The one line is right of differentials, which no code speaks of.
    alone = CODE.replace("  dgamma = np.sum(dy * xc * s, axis=0)\n", "")
    for kind, status in (("sum", "proved"), ("mean", "refuted")):
        assert verify(alone.replace("np.sum(dy", f"np.{kind}(dy")).lines[-1].status == status


def test_what_is_said_in_words_alone_makes_no_line_wrong():
    report = verify(CODE.replace("np.mean(x, axis=1, keepdims=True)", "mean of each row of x"))
    assert not any(line.wrong for line in report.lines)
    said = "\\[ \\mu = \\text{mean of the data} \\]\n\\[ s = \\sum_{i=1}^n x_i - n\\mu \\]\n\\[ s = 0 \\]"
    line = verify(said).lines[-1]
    assert (line.status, "mean of the data" in line.message) == ("undeclared", True)


def test_gradients_named_as_in_programs_stand_beside_a_size_d():
    said = "Shapes: Q: (n, d), K: (n, d), V: (n, d_v).\n\nS = Q K^T / sqrt(d)\nO = S V\n\nGiven dO:\n\n" \
        "dV = S^T dO\ndS = dO V^T\ndQ = dS K / sqrt(d)\ndK = dS^T Q / sqrt(d)\n"
    assert [line.status for line in verify(said).lines[2:]] == ["proved"] * 4
    let = said.replace("Shapes: Q: (n, d), K: (n, d), V: (n, d_v)", "Let Q, K be (T, d) and V be (T, d)").partition("dQ")[0]
    assert [line.status for line in verify(let).lines[2:]] == ["proved"] * 2


GAUSS = r"""Let $x_1,\dots,x_n \sim \mathcal{N}(\mu, \Sigma)$ with $x_i \in \mathbb{R}^d$. The log-likelihood is
\begin{align*}
\ell(\mu,\Sigma) &= \sum_{i=1}^n \log p(x_i)\\
&= -\frac{nd}{2}\log(2\pi) - \frac{n}{2}\log|\Sigma| - \frac12\sum_{i=1}^n (x_i-\mu)^T\Sigma^{-1}(x_i-\mu).
\end{align*}
"""


def test_a_density_is_that_of_the_law_that_the_text_tells():
    assert [line.status for line in verify(GAUSS).lines] == ["noted", "proved"]
    assert verify(GAUSS.replace("- \\frac12", "+ \\frac12")).lines[1].status == "refuted"
    coins = "Let $x_i \\sim \\text{Bernoulli}(\\theta)$ for $i = 1, \\dots, n$. Then\n" \
        "\\[ L = \\sum_{i=1}^n \\log p(x_i) = \\sum_{i=1}^n x_i\\log\\theta + (1 - x_i)\\log(1 - \\theta). \\]"
    assert verify(coins).lines[-1].status in ("proved", "supported", "conditional")


def test_a_matrix_beside_the_vectors_of_its_rows_has_their_sizes():
    said = "$p_i = \\sigma(\\theta^\\top x_i)$ and $S = \\mathrm{diag}(p_i(1-p_i))$. With $H = X^\\top S X$,\n" \
        "$$v^\\top H v = \\|S^{1/2} X v\\|^2 = \\sum_i p_i(1-p_i)(v^\\top x_i)^2.$$"
    assert verify(said).lines[-1].status in ("proved", "supported")


def test_half_powers_of_a_symmetric_matrix_are_its_root():
    lines = [r"x^\top P^{-1} x = \|P^{-1/2}x\|^2", r"x^\top P x = \|P^{-1/2}x\|^2", "A^{1/2}A^{1/2} = A"]
    report = verify(lines, given="P: n n positive-definite; x: n; A: n n")
    assert [line.status for line in report.lines] == ["supported", "refuted", "undeclared"]


MEANS = r"""Data $x_i\in\mathbb R^d$ with weights $g_{ik}$, $i=1..n$.
$$Q = \sum_{i=1}^n\sum_{k=1}^K g_{ik}\|x_i-\mu_k\|^2$$
$$\frac{\partial Q}{\partial \mu_k} = -2\sum_{i=1}^n g_{ik}(x_i-\mu_k) = 0$$
so $\mu_k = \frac{SUM g_{ik}x_i}{\sum_i g_{ik}}$.
"""


def test_what_a_sentence_concludes_is_claimed():
    assert verify(MEANS.replace("SUM", r"\sum_i")).lines[-1].status in ("supported", "conditional")
    wrong = verify(MEANS.replace("SUM", r"3\sum_i"))
    assert wrong.lines[-1].status == "refuted"  # it was taken for a new definition, and proved by itself


def test_what_another_line_needs_symmetric_may_be_so_here():
    said = r"""Let $x\in\mathbb R^d$. $$Q = (x-\mu)^\top\Sigma^{-1}(x-\mu)$$
$$\frac{\partial Q}{\partial \mu} = -2\Sigma^{-1}(x-\mu) = 0$$ so $\mu = x$."""
    assert [line.status for line in verify(said).lines] == ["noted", "conditional", "conditional"]


def test_what_nothing_above_speaks_of_need_not_follow_from_it():
    line = verify(r"""Data $x_i\in\mathbb R^d$ with weights $g_i$, $i=1..n$.
$$Q = \sum_{i=1}^n g_i\log p - g_i\|x_i-\mu\|^2$$
$$\frac{\partial Q}{\partial \mu} = 2\sum_{i=1}^n g_i(x_i-\mu) = 0$$ and $p = \frac1n\sum_i g_i$.""").lines[-1]
    assert (line.status, line.message.startswith("an equation that is imposed")) == ("conditional", True)


def test_a_chain_goes_on_behind_a_definition_in_a_sentence():
    said = "Let $K = K(\\theta)$ be symmetric.\n$$f = y^\\top K^{-1}y$$\n$$\\frac{\\partial f}{\\partial\\theta} = " \
        "-y^\\top K^{-1}\\frac{\\partial K}{\\partial\\theta}K^{-1}y$$\nWith $\\alpha = K^{-1}y$:\n" \
        "$$= -\\alpha^\\top\\frac{\\partial K}{\\partial\\theta}\\alpha$$"
    assert verify(said).lines[-1].status in ("proved", "supported")
    assert verify(said.replace("= -\\alpha", "= \\alpha")).lines[-1].status == "refuted"


def test_an_arrow_assigns():
    report = verify("R, U are m x k\nL = ||R - U||^2\ndL/dU = -2*(R - U)\nUpdate: U <- U - eta * dL/dU")
    assert [line.status for line in report.lines[-2:]] == ["proved", "noted"]


def test_a_word_in_a_script_tells_names_apart():
    for script in ("^{\\text{new}}", "^{new}", "_{old}", "^{prev}"):
        said = f"Let $x, g\\in\\mathbb R^n$. $$x{script} = x - \\eta g$$ $$x{script} - x = -\\eta g$$"
        assert [line.status for line in verify(said).lines] == ["noted", "proved"], script


def test_no_convention_stands_on_what_another_line_lets_be_supposed():
    said = "Let X be the n×d design matrix, y the vector of n targets and w the d weights.\n" \
        "$$J(w) = \\|Xw - y\\|^2 + n\\lambda\\|w\\|^2.$$ $$\\nabla J(w) = 2X^T (Xw - y) + 2n\\lambda w.$$\n" \
        "Setting the gradient to zero, $$w^* = (X^T X + n\\lambda I)^{-1} X^T y.$$ Using the SVD $X = U S V^T$,\n" \
        "$$w^* = X^T (X X^T + n \\lambda I)^{-1} y.$$"
    line = verify(said).lines[-1]
    assert (line.status, "laid out" in line.message) == ("supported", False)


def test_what_is_denied_is_not_said():
    said = "Let $f(x) = x^\\top A x$ where $A$ is not necessarily symmetric. Then $\\nabla f(x) = {}$."
    assert verify(said.replace("{}", "(A + A^\\top)x")).lines[-1].status == "proved"
    assert verify(said.replace("{}", "2Ax")).lines[-1].status in ("refuted", "conditional")
    assert verify(said.replace("{}", "2Ax").replace("not necessarily ", "")).lines[-1].status == "proved"


def test_a_problem_of_its_own_has_names_of_its_own():
    said = "**Problem 2.** $g(W) = \\|XW - Y\\|_F^2$.\n\n" \
        "(b) $\\frac{\\partial g}{\\partial W} = 2X^\\top(XW - Y)$\n\n" \
        "**Problem 3.** For $h(X) = \\operatorname{tr}(X^3)$: $\\nabla h(X) = 3(X^2)^\\top$."
    assert [line.status in ("proved", "supported") for line in verify(said).lines] == [False, True, False, True]


MARKED = r"""Let $S = QK^\top$, $P = \operatorname{softmax}(S)$ row-wise, $O = PV$, where $Q,K,V\in\mathbb{R}^{n\times d}$.
Given $\bar O = \frac{\partial L}{\partial O}$ we find
$$\bar V = P^\top \bar O, \qquad \bar P = \bar O V^\top$$
$$\bar S_{ij} = P_{ij}\Big(\bar P_{ij} - \sum_k P_{ik}\bar P_{ik}\Big)$$
$$\bar Q = \bar S K$$
$$\bar K = \bar S Q$$
"""


def test_a_mark_that_names_one_gradient_names_the_others():
    assert [line.status for line in verify(MARKED).lines[-4:]] == ["proved"] * 3 + ["refuted"]


KL = r"""$$KL(p\|q) = \log\frac{s}{r} + \frac{r^2 + m^2}{2s^2}$$
$$\frac{\partial KL}{\partial m} = \frac{m}{s^2}$$"""


def test_capitals_that_are_called_are_one_name():
    assert verify(KL).lines[-1].status == "proved"


FENCED = """Shapes: `X` is (N, D), `W1` is (D, H), `b1` is (H,), `W2` is (H, C), `b2` is (C,), `y` is one-hot (N, C).

```python
import numpy as np

# forward
Z1 = X @ W1 + b1
A1 = np.maximum(0, Z1)
Z2 = A1 @ W2 + b2
E = np.exp(Z2)
P = E / E.sum(axis=1, keepdims=True)
loss = -np.sum(y * np.log(P)) / N
```

The gradient of the loss:

```python
dZ2 = (P - y) / N
dW2 = A1.T @ dZ2
db2 = dZ2.sum(axis=0)
dA1 = dZ2 @ W2.T
dZ1 = dA1 * (Z1 > 0)
```
"""


def test_fences_of_assignments_say_what_names_are():
    report = verify(FENCED)
    assert [line.status in ("proved", "supported") for line in report.lines] == [False] * 6 + [True] * 5
    squares = FENCED.replace("one-hot ", "").replace("(P - y)", "2 * (Z2 - y)")
    squares = squares.partition("E = ")[0] + "loss = np.sum((Z2 - y)**2) / N\n```" + squares.partition("```\n\nThe")[2]
    wrong = verify(squares.replace("dZ2.sum(axis=0)", "dZ2.mean(axis=0)").replace("@ W2.T", "@ W2"))
    assert [line.status for line in wrong.lines[4:8]] == ["proved", "proved", "refuted", "ill-typed"]
    added = verify(squares.replace("loss =", "loss +="))  # what adds to a name that was nothing is no equation
    assert [line.status for line in added.lines] == ["noted"] * 3 + ["unread"] * 6
    assert "loss is changed" in added.lines[3].message


RESIDUAL = """`x`: (n,), `W1`: (m, n), `W2`: (n, m)

```
h = W1 @ x
a = relu(h)
y = x + W2 @ a
```

With $g = \\partial L/\\partial y$:

- $\\partial L/\\partial W_2 = g a^\\top$
- $\\partial L/\\partial x = g + W_1^\\top((W_2^\\top g)\\odot 1[h>0])$
"""


def test_names_of_code_are_those_of_the_formulas_beside_it():
    assert [line.status for line in verify(RESIDUAL).lines[-2:]] == ["proved"] * 2
    assert verify(RESIDUAL.replace("= g + W_1", "= g - W_1")).lines[-1].status == "refuted"


LAYER_NORM = """```python
# x: (N, D), gamma: (D,), beta: (D,)
mu = x.mean(axis=1, keepdims=True)
var = x.var(axis=1, keepdims=True)
inv_std = 1.0 / np.sqrt(var + eps)
xhat = (x - mu) * inv_std
out = gamma * xhat + beta
```

```python
dbeta = dout.sum(axis=0)
dxhat = dout * gamma
dx = inv_std * (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * (dxhat * xhat).mean(axis=1, keepdims=True))
```
"""


def test_comments_of_code_say_shapes_and_names_of_functions_may_be_names():
    report = verify(LAYER_NORM)
    assert [line.status for line in report.lines[5:]] == ["supported"] * 3
    assert "gamma: D" in {each.partition("  ")[0] for each in report.taken}
    assert verify(LAYER_NORM.replace("- xhat * (dxhat * xhat)", "- xhat * (dout * xhat)")).lines[-1].status == "refuted"


INDENTED = """Shapes:
- x: (d,)
- W1: (h, d)
- w2: (h,)

Forward:

    z = W1 x
    a = sigmoid(z)
    yhat = w2ᵀ a
    L = (yhat - y)² / 2

Backward:

    ∂L/∂w2 = (yhat - y) a
    ∂L/∂W1 = ((yhat - y) w2 ⊙ a ⊙ (1 - a)) xᵀ
"""


def test_words_before_an_equals_sign_are_names_where_nothing_is_latex():
    assert [line.status for line in verify(INDENTED).lines[-2:]] == ["proved"] * 2
    assert verify(INDENTED.replace("(1 - a)) xᵀ", "(1 + a)) xᵀ")).lines[-1].status == "refuted"


MODEL = r"""Assume the linear model $y = Xw + \epsilon$ with noise $\epsilon$, $X\in\mathbb R^{n\times d}$.
The loss is $J(w) = \|y - Xw\|^2$ and $$\nabla J(w) = -2X^\top(y - Xw).$$
"""


def test_data_with_noise_may_be_held_fixed():
    line = verify(MODEL).lines[-1]
    assert (line.status, "y is held fixed" in line.message) == ("conditional", True)
    for wrong in ("2X^\\top(y - Xw)", "-2X^\\top(y + Xw)", "-X^\\top(y - Xw)"):
        assert verify(MODEL.replace("-2X^\\top(y - Xw)", wrong)).lines[-1].status == "refuted"
    # z = m + s e of a reparameterization goes with m and s.
    moved = "With noise $e$ let $z = m + s e$ and $f = z^2$. Then $\\frac{\\partial f}{\\partial s} = 2 z e$."
    assert verify(moved).lines[-1].status == "proved"


ITEMS = r"""\begin{enumerate}
\item[(a)] Let $f(w) = \sum_{i=1}^n \max(0, 1 - y_i w^\top x_i)$. Where it is differentiable,
\[ \nabla f(w) = -\sum_{i: y_i w^\top x_i < 1} y_i x_i. \]
\item[(b)] Let $g(w) = \sum_{i=1}^n \log(1 + e^{-y_i w^\top x_i})$. Then
\[ \nabla g(w) = -\sum_{i=1}^n \frac{y_i x_i}{1 + e^{y_i w^\top x_i}}. \]
\item[(c)] The Hessian of $g$ with $y_i\in\{-1,1\}$ is
\[ \nabla^2 g(w) = \sum_{i=1}^n \sigma(w^\top x_i)(1-\sigma(w^\top x_i)) x_i x_i^\top. \]
\end{enumerate}
"""


def test_what_is_said_of_a_name_below_is_said_of_the_one_above():
    assert [line.status in ("proved", "supported") for line in verify(ITEMS).lines] == [False, True, False, True, True]
    assert verify(ITEMS.replace("(1-\\sigma", "(1+\\sigma")).lines[-1].status == "refuted"


ACROSS = """```python
# X: (N, D), W1: (D, H), b1: (H,), W2: (H, C), b2: (C,)
Z1 = X @ W1 + b1
A1 = np.maximum(0, Z1)
Z2 = A1 @ W2 + b2
```

**Backward pass**

Let $G = \\partial L/\\partial Z_2$. $$\\frac{\\partial L}{\\partial W_2} = A_1^\\top G$$
$$\\frac{\\partial L}{\\partial A_1} = G W_2^\\top$$
"""


def test_names_of_code_above_a_heading_are_those_of_formulas_below():
    assert [line.status for line in verify(ACROSS).lines[-2:]] == ["proved"] * 2
    assert verify(ACROSS.replace("G W_2^\\top", "G W_2")).lines[-1].status == "ill-typed"


@pytest.mark.parametrize(("text", "statuses"), [
    pytest.param(r"""
The hidden layer is $$Z_1 = XW_1,\qquad A_1 = \max(0, Z_1)$$ with $X\in\mathbb R^{n\times d}$ and `W1` of shape (d, h).

```python
Z2 = A1 @ W2
```

Let $G = \partial L/\partial Z_2$. Then $$\frac{\partial L}{\partial W_2} = A_1^\top G$$
$$\frac{\partial L}{\partial A_1} = GW_2$$""", ["noted", "noted", "noted", "proved", "refuted"], id="one name"),
    pytest.param(r"""
With $S = XW$ and $X \in \mathbb{R}^{N\times D}$,
$$L = -\frac1N\sum_{i=1}^N\log P_{i,y_i},\qquad P_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{ik}}}$$
With the one-hot matrix $Y$: $$\frac{\partial L}{\partial S} = \frac1N(P - Y)$$
$$\frac{\partial L}{\partial W} = X^\top(P - Y)$$""", ["noted", "noted", "proved", "refuted"], id="a class each"),
    pytest.param(r"""
$$a_t = Wh_{t-1} + Ux_t$$ $$h_t = \tanh(a_t)$$ The loss is $L_t = -y^\top h_t$, and $L = \sum_{t=1}^T L_t$ in all.
$$\frac{\partial h_t}{\partial a_t} = \text{diag}(1 - h_t^2)$$ $$\frac{\partial L_t}{\partial a_t} = -(1 - h_t^2)\odot y$$
$$\frac{\partial L_t}{\partial a_t} = (1 - h_t^2)\odot y$$""",
                 ["noted", "noted", "noted", "noted", "proved", "proved", "refuted"], id="a step that another line takes"),
    pytest.param(r"""
With a center $v_c$:
$$\hat y_o = P(O=o\mid C=c) = \frac{\exp(u_o^\top v_c)}{\sum_{w\in\text{Vocab}}\exp(u_w^\top v_c)}$$
and $J = -\log\hat y_o$.
$$\frac{\partial J}{\partial v_c} = -u_o+\sum_w\hat y_wu_w$$
$$\frac{\partial J}{\partial v_c} = u_o+\sum_w\hat y_wu_w$$""", ["noted", "noted", "proved", "refuted"],
                 id="an entry says it of all"),
    pytest.param(r"""
Let $\sigma\in\mathbb{R}^J$ and $s_j = \log\sigma_j^2$ so that $$\sigma_j = e^{s_j/2}$$ $$\sigma_j = e^{s_j}$$""",
                 ["noted", "conditional", "refuted"], id="true where entries are positive"),
    pytest.param(r"""
Let $x \in \mathbb{R}^2$. $$\frac{1}{1 + e^{-z}} = \frac{e^{x_1}}{e^{x_1} + e^{x_2}}$$
$$\frac{1}{1 + e^{-z}} = \frac{e^{x_2}}{e^{x_1} + e^{x_2}}$$ where $z = x_1 - x_2$.""",
                 ["proved", "refuted", "noted"], id="a difference that is introduced below"),
    pytest.param(r"""
Let $a, b, x \in \mathbb{R}$. If $x = a - b$, then $$x(a + b) = a^2 - b^2$$
$$x(a + b) = a^2 + b^2$$""", ["noted", "supported", "refuted"], id="a difference that is supposed"),
    pytest.param(r"""
Let $W\in\mathbb R^{d\times k}$ have orthonormal columns, $W^TW=I$, and $E = \|x-WW^Tx\|^2$. $$E = x^Tx-x^TWW^Tx$$
$$E = x^Tx+x^TWW^Tx$$""", ["supported", "noted", "supported", "refuted"], id="a sentence lets it be so"),
    pytest.param(r"""
With $y_i=\sum_{j=1}^kw_jx_{i+j-1}$ and $\delta_i=\frac{\partial L}{\partial y_i}$:
$$\frac{\partial L}{\partial w_j}=\sum_i\delta_ix_{i+j-1}$$
If a bias is added, $y_i=\sum_jw_jx_{i+j-1}+b$, then $$\frac{\partial L}{\partial b}=\sum_i\delta_i$$""",
                 ["noted", "noted", "proved", "noted", "proved"], id="once more with a bias"),
    pytest.param(r"""
$$c_t = f_t \odot c_{t-1} + i_t$$ $$h_t = o_t \odot c_t$$ Let $\delta h_t = \frac{\partial L}{\partial h_t}$. Then
$$\frac{\partial L}{\partial c_t} = \delta h_t \odot o_t$$ Write $\delta c_t$ for this. Then
$$\frac{\partial L}{\partial f_t} = \delta c_t \odot c_{t-1}$$ $$\frac{\partial L}{\partial f_t} = \delta c_t \odot c_t$$""",
                 ["noted", "noted", "noted", "proved", "proved", "refuted"], id="a name for this"),
    pytest.param(r"""
Let $W\in\mathbb R^{h\times d}$, $x\in\mathbb R^d$ and $v\in\mathbb R^h$. $$h = \tanh(Wx)$$ $$\hat y = v^\top h$$
and $\ell=\frac12(\hat y-y)^2$. Let $e=\hat y-y$. $$\frac{\partial\ell}{\partial v}=e\,h$$
$$\frac{\partial\ell}{\partial h}=e^2\,v$$""", ["noted"] * 4 + ["proved", "refuted"], id="h is no size and e no constant"),
    pytest.param("""
We have data x_i in R^d, labels y_i, and parameters w in R^d. Let p_i = sigmoid(w'x_i).

    L(w) = -sum_i ( y_i log p_i + (1 - y_i) log(1 - p_i) )
    dL/dw = sum_i (p_i - y_i) x_i
    d2L/dw2 = sum_i p_i (1 - p_i) x_i x_i'
    d2L/dw2 = sum_i p_i (1 + p_i) x_i x_i'
""", ["noted", "noted", "proved", "proved", "refuted"], id="rows and spaces of plain text"),
    pytest.param(r"""
The SVD of $X\in\mathbb{R}^{n\times d}$ is $X=U\Sigma V^\top$. $$X^\top X = V\Sigma^2V^\top$$
$$X^\top X = V\Sigma V^\top$$""",
                 ["noted", "supported", "refuted"], id="factors of a singular value decomposition"),
    pytest.param(r"""
With $U\in\mathbb{R}^{n\times d}$, $U^\top U=I$ and $x\in\mathbb{R}^d$: $$\|Ux\|^2 = \|x\|^2$$ $$UU^\top = I$$""",
                 ["noted", "supported", "refuted"], id="let be so beside where it lies"),
    pytest.param(r"""
With $\hat y_i = w^\top x_i + b$ the loss of one example is $$L = \frac12(y_i-\hat y_i)^2$$
$$\frac{\partial L}{\partial w} = -(y_i-\hat y_i)x_i$$ $$\frac{\partial L}{\partial w} = -2(y_i-\hat y_i)x_i$$""",
                 ["noted", "noted", "proved", "refuted"], id="a loss of one example is one for each"),
    pytest.param(r"""
Let $S\in\mathbb{R}^{d\times d}$ be symmetric. $$\mathcal L(w,\lambda) = w^\top S w - \lambda(w^\top w - 1)$$
For the second one, add the constraint $w_2^\top w_1 = 0$:
$$\mathcal L = w_2^\top Sw_2 - \lambda_2(w_2^\top w_2-1) - \phi w_2^\top w_1$$
$$\nabla_{w_2}\mathcal L = 2Sw_2 - 2\lambda_2w_2 - \phi w_1$$ $$\nabla_{w_2}\mathcal L = 2Sw_2 - 2\lambda_2w_2$$""",
                 ["noted", "noted", "noted", "proved", "refuted"], id="a second one with a multiplier of its own"),
    pytest.param(r"""
Let $X\in\mathbb{R}^{n\times p}$ and $K = XX^\top$. Using the SVD

$$X = UDV^\top$$

we find $$K = UD^2U^\top$$ $$UU^\top = I$$""",
                 ["noted", "noted", "proved", "refuted"], id="a thin decomposition of what was used before"),
    pytest.param(r"""
For a policy $\pi_\theta(a) = \frac{e^{\theta_a}}{\sum_b e^{\theta_b}}$:

$$\frac{\partial\log\pi_\theta(a)}{\partial\theta_b} = \mathbb{1}[a=b] - \pi_\theta(b)$$
$$\frac{\partial\log\pi_\theta(a)}{\partial\theta_b} = \mathbb{1}[a=b] - \pi_\theta(a)$$""",
                 ["noted", "proved", "refuted"], id="a function of a position"),
    pytest.param("""
Consider the loss for one sample: E = 1/2 * sum_k (t_k - o_k)^2
where o_k = sigmoid(n_k) and n_k = sum_j w_kj h_j.

dE/do_k = -(t_k - o_k)
dE/dn_k = -(t_k - o_k) o_k (1 - o_k)
dE/dw_kj = dE/dn_k h_j
dE/dw_kj = dE/dn_k n_k
""", ["noted", "noted", "noted", "proved", "proved", "proved", "refuted"],
                 id="what words below a formula of plain text define"),
    pytest.param("""
Let f : R^n -> R be f(x) = log(sum_{i=1}^n exp(x_i)).

Then
  grad f = softmax(x)
  grad f = exp(x)
""", ["noted", "proved", "refuted"], id="a function and its spaces in plain text"),
    pytest.param(r"""
Let $\theta, x_i\in\mathbb{R}^n$ and $J(\theta) = \sum_i(h(x_i)-y_i)^2$ with $h(x)=\theta^Tx$.
$$\nabla J = 2\sum_i(h(x_i)-y_i)x_i$$
For logistic regression, $h(x)=\sigma(\theta^Tx)$ and $$J(\theta) = -\sum_i[y_i\log h(x_i) + (1-y_i)\log(1-h(x_i))]$$
$$\nabla J = \sum_i(h(x_i)-y_i)x_i$$ $$\nabla J = 2\sum_i(h(x_i)-y_i)x_i$$""",
                 ["noted", "noted", "proved", "noted", "noted", "proved", "refuted"], id="another model, and its loss"),
    pytest.param(r"""
Show that the sigmoid satisfies $\sigma(-x) = 1-\sigma(x)$. Also $\log\sigma(x) = x - \log(1+e^x)$.
$$\log\sigma(x) = -x - \log(1+e^x)$$""", ["proved", "proved", "refuted"], id="a logarithm of the sigmoid claims something"),
    pytest.param(r"""
Let $H(p,q) = -\sum_ip_i\log q_i$, $H(p) = -\sum_ip_i\log p_i$ and $D(p\|q) = \sum_ip_i\log\frac{p_i}{q_i}$.
So $D(p\|q) = H(p,q) - H(p)$. With $q = \text{softmax}(z)$ $$\frac{\partial H(p,q)}{\partial z_k} = q_k - p_k$$
$$\frac{\partial H(p,q)}{\partial z_k} = p_k - q_k$$""",
                 ["noted", "noted", "noted", "supported", "noted", "conditional", "refuted"],
                 id="one letter for two functions"),
    pytest.param("""
a = X @ W
s = a @ V
loss = np.sum((s - y)**2) / N

ds = 2 * (s - y) / N
dV = a.T @ ds
da = ds @ V.T
dX = da @ W
""", ["noted", "noted", "noted", "proved", "proved", "proved", "refuted"], id="what is divided by is no matrix"),
    pytest.param("""
p_k = exp(w_k' x) / sum_j exp(w_j' x)
l = w_y' x - log sum_j exp(w_j' x)
dl/dw_k = (1{y=k} - p_k) x
dl/dw_k = (I(y=k) - p_k) x
dl/dw_k = (p_k - 1{y=k}) x
""", ["noted", "noted", "proved", "proved", "refuted"], id="a class that a letter is compared with in plain text"),
    pytest.param(r"""
Let $z^l = W^la^{l-1}+b^l$, $a^l = \sigma(z^l)$ and $\delta^l = \frac{\partial C}{\partial z^l}$.
$$\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k\delta^l_j$$
$$\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_j\delta^l_k$$""",
                 ["noted", "noted", "noted", "proved", "refuted"], id="entries of a layer's matrix"),
    pytest.param("""
Question: What is the gradient of f(x) = xᵀAx?

A: Let A ∈ R^{n×n} and x ∈ R^n.

∇f = (A + Aᵀ)x
∇f = 2Aᵀx
""", ["noted", "proved", "refuted"], id="a question and its answer"),
    pytest.param(r"""
With $s_j = \log\sigma_j^2$ and $z = \mu + \sigma\odot\epsilon$:
$$\frac{\partial z_j}{\partial s_j} = \frac12\epsilon_j\sigma_j$$
$$\frac{\partial z_j}{\partial s_j} = \epsilon_j\sigma_j$$""", ["noted", "noted", "proved", "refuted"],
                 id="entries by another name of what they are made of"),
    pytest.param("""
Let s(z) = 1/(1 + e^{-z}) be the logistic function. For points x_i in R^d the cost is

J(w) = -sum_{i=1}^n log s(x_i^T w)
dJ/dw = -sum_{i=1}^n (1 - s(x_i^T w)) x_i
dJ/dw = -sum_{i=1}^n (1 - s) x_i
""", ["noted", "noted", "proved", "undeclared"], id="a function that stands at nothing"),
    pytest.param(r"""
Let $P$ be symmetric and $J(u) = u^\top Ru + (Ax+Bu)^\top P(Ax+Bu)$ with $R$ symmetric. The new matrix is
$$P' = Q - A^\top PB(R+B^\top PB)^{-1}B^\top PA$$ $$Q - P' = A^\top PB(R+B^\top PB)^{-1}B^\top PA$$
$$Q - P' = A^\top P(R+B^\top PB)^{-1}PA$$""", ["noted", "noted", "proved", "refuted"], id="a new name with a prime"),
    pytest.param(r"""
# Model
Let $h_t = \tanh(W h_{t-1})$, $L_t = \frac12\|h_t - y_t\|^2$, $L=\sum_{t=1}^{T} L_t$ and
$\delta_t = \partial L/\partial h_t$.
# Gradients
$$\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1-h_t^2)W$$
$$\delta_t = h_t-y_t + W^\top\left((1-h_{t+1}^2)\odot\delta_{t+1}\right)$$
$$\delta_t = h_t-y_t + W\left((1-h_{t+1}^2)\odot\delta_{t+1}\right)$$""",
                 ["noted"] * 4 + ["proved", "supported", "refuted"], id="steps go on in the next section"),
    pytest.param(r"""
- `X` has shape (N, D), `W` has shape (D, C)
- `Y` is the one-hot label matrix, shape (N, C)

$$P = \mathrm{softmax}(XW)$$ $$L = -\frac1N\sum_{i,j}Y_{ij}\log P_{ij}$$ where the softmax is over rows.
$$\frac{\partial L}{\partial W} = \frac1N X^\top(P-Y)$$ $$\frac{\partial L}{\partial W} = X^\top(P-Y)$$""",
                 ["noted", "noted", "proved", "refuted"], id="a shape behind a comma"),
    pytest.param(r"""
We observe $y = f + \epsilon$, $y\in\mathbb{R}^n$, with $f\sim\mathcal N(0,K)$. Let $C = K+\sigma^2I$ and
$$\ell = -\frac12y^\top C^{-1}y - \frac12\log\det C - \frac n2\log2\pi$$
$$\frac{\partial\ell}{\partial\sigma^2} = \frac12y^\top C^{-2}y - \frac12\operatorname{tr}(C^{-1})$$
$$\frac{\partial\ell}{\partial\sigma^2} = \frac12y^\top C^{-2}y - \operatorname{tr}(C^{-1})$$""",
                 ["noted", "noted", "noted", "proved", "refuted"], id="what is said of the size of what is defined"),
    pytest.param(r"""
Let $A\in\mathbb{R}^{K\times K}$, $c, \alpha\in\mathbb{R}^K$ and $\alpha'_j = c_j\sum_i\alpha_iA_{ij}$.
With $Z = \sum_j\alpha'_j$,
$$\frac{\partial Z}{\partial c_j} = \sum_i\alpha_iA_{ij}$$ $$\frac{\partial Z}{\partial c_j} = \sum_i\alpha_iA_{ji}$$""",
                 ["noted", "noted", "proved", "refuted"], id="a new name with a prime and entries"),
    pytest.param(r"""
Let $R = AXB-C$ and $f = \|R\|_F^2$ with $A, B, C, X\in\mathbb{R}^{n\times n}$. For the special case $B=I$ this is
$$\frac{\partial f}{\partial X} = 2A^T(AX-C)$$ For the special case $B=I$ this is
$$\frac{\partial f}{\partial X} = A^T(AX-C)$$""", ["noted", "noted", "supported", "refuted"],
                 id="a special case of what is not differentiated by"),
    pytest.param(r"""
Let $D = \log\frac{s}{r} + \frac{r^2+(m-k)^2}{2s^2}$ with $r, s > 0$. For $k=0$ and $s=1$ this becomes
$$D = \frac12\left(r^2+m^2\right)-\log r$$ For $k=0$ and $s=1$ this becomes
$$D = r^2+m^2-\log r$$""", ["noted", "supported", "refuted"], id="two values in words"),
])
def test_what_a_document_leaves_to_its_readers(text, statuses):
    assert [line.status for line in verify(text).lines] == statuses


def test_what_is_said_of_a_matrix_further_down_does_not_hold_above() -> None:
    report = verify(r"""Let $A\in\mathbb{R}^{n\times n}$. $$f = x^\top A x$$
$$\nabla f = 2 A x$$ $$\nabla f = (A + A^\top) x$$
Now let $A$ be symmetric. Then $$\nabla f = 2 A x.$$""")
    assert [line.status for line in report.lines] == ["noted", "conditional", "proved", "proved"]
    assert "said only below" in report.lines[1].message
    beside = verify(r"$$f = x^\top A x$$ $$\nabla f = 2 A x$$ where $A$ is symmetric.")
    assert [line.status for line in beside.lines] == ["noted", "proved"]


PLAIN_TEXTS = {
    "softmax": ("""Let z be the logits, p = softmax(z), y one-hot.
L = -sum_k y_k log p_k
dL/dp_k = -y_k / p_k
dp_k/dz_j = p_k (delta_kj - p_j)
dL/dz_j = sum_k dL/dp_k dp_k/dz_j
        = -y_j + p_j sum_k y_k
        = p_j - y_j
dL/dz_j = p_j + y_j
""", [7]),
    "layers": ("""y_i = sum_j W_ij x_j + b_i
dL/dW_ij = dL/dy_i x_j
dL/dx_j = sum_i dL/dy_i W_ij
dL/dx_j = sum_i dL/dy_i W_ji
""", [3]),
    "words": ("""f(x) = x^T A x + b^T x
grad f(x) = (A + A^T) x + b
Hessian f = A + A^T
grad f(x) = (A + A^T) x
""", [3]),
    "chain": ("""z = w x + b
a = tanh(z)
L = (a - y)^2
\N{PARTIAL DIFFERENTIAL}L/\N{PARTIAL DIFFERENTIAL}w = \N{PARTIAL DIFFERENTIAL}L/\N{PARTIAL DIFFERENTIAL}a \
\N{PARTIAL DIFFERENTIAL}a/\N{PARTIAL DIFFERENTIAL}z \N{PARTIAL DIFFERENTIAL}z/\N{PARTIAL DIFFERENTIAL}w
dL/db = dL/da da/dz dz/dw
""", [4]),
    "sizes": ("""grad_x (x^T x) = 2x
d/dA tr(AB) = B^T
d/dX log det X = X^-T
d/dX log det X = X^-1
""", [3]),
    "attention": ("""S = Q K^T / sqrt(d)
A = softmax(S)
O = A V
dL/dV = A^T dL/dO
dL/dA = dL/dO V^T
dL/dQ = dL/dS K / sqrt(d)
dL/dK = dL/dS^T Q / sqrt(d)
dL/dK = dL/dS^T Q
""", [7]),
    "layer norm": ("""Layer norm: mu = mean(x), var = mean((x-mu)^2), xhat = (x-mu)/sqrt(var+eps), y = gamma*xhat + beta.

dgamma = dy * xhat
dbeta = dy
dxhat = dy * gamma
dx = (dxhat - mean(dxhat) - xhat*mean(dxhat*xhat))/sqrt(var+eps)
dx = (dxhat - mean(dxhat))/sqrt(var+eps)
""", [5]),
    "short words": ("""mu = 1/n sum_i x_i
var = 1/n sum_i (x_i - mu)^2
xhat_i = (x_i - mu)/sqrt(var + eps)
dvar/dx_i = 2/n (x_i - mu)
dvar/dx_i = 2 (x_i - mu)
""", [4]),
}


@pytest.mark.parametrize("name", PLAIN_TEXTS)
def test_formulas_in_plain_text_need_no_declaration(name: str) -> None:
    text, wrong = PLAIN_TEXTS[name]
    report = verify(text)
    for line in report.lines:
        assert line.wrong if line.number in wrong else line.status in RIGHT[:2] + RIGHT[3:], str(report)


@pytest.mark.parametrize("hot", ["onehot(y)", "one_hot(y)"])
def test_the_class_of_code_is_a_label(hot: str) -> None:
    report = verify(f"""```
h = relu(W1 @ x + b1)
z = W2 @ h + b2
p = softmax(z)
L = -log(p[y])
dz = p - {hot}
dW2 = dz @ h.T
dh = W2 @ dz
```""")
    assert [line.status for line in report.lines] == [*["noted"] * 4, "proved", "proved", "refuted"], str(report)
    assert any(each.startswith("y: label") for each in report.taken)


@pytest.mark.parametrize(("factor", "status"), [("1", "proved"), ("2", "refuted")])
def test_what_a_number_is_chosen_to_be_at_the_end_says_nothing_of_lines_above(factor: str, status: str) -> None:
    report = verify(r"""Let $f(x) = \frac{L}{2}x^2$ where $x \in \mathbb{R}$ and $L > 0$, and $g(x) = x - \eta f'(x)$. Then
$$g(x) = (1 - @\eta L)x$$
The value drops at once: with $\eta = 1/L$, $f(g(x)) = 0$.""".replace("@", factor))
    assert next(line.status for line in report.lines if line.text.startswith("g(x) = (1")) == status, str(report)


def test_what_is_supposed_above_may_be_meant_further_on() -> None:
    report = verify("""Let a, p, n be d-dimensional embeddings and m > 0 a margin. The loss is

    L = max(0, ||a - p||^2 - ||a - n||^2 + m)

If the hinge is active, then

    dL/dp = -2(a - p)

otherwise it is zero. If you normalise, a = u/||u||, the Jacobian is

    da/du = (I - a a^T)/||u||

so dL/du = (2/||u||) (I - a a^T)(n - p).
""")
    assert [line.status for line in report.lines if line.status != "noted"] == ["supported", "proved", "conditional"]


@pytest.mark.parametrize("above", ["", "# Problem 1\nLet $X \\in \\mathbb{R}^{N\\times d}$, $y\\in\\mathbb{R}^N$, "
                                       "$f(w) = \\|Xw-y\\|^2$.\n$$\\nabla f = 2X^T(Xw - y)$$\n# Problem 2\n"])
def test_what_stands_below_a_distribution_is_its_class_whatever_it_is_above(above: str) -> None:
    report = verify(above + r"""With $z = Wx+b$, $p=\mathrm{softmax}(z)$, $\ell = -\log p_y$:
$$\frac{\partial\ell}{\partial z} = p - e_y$$
$$\frac{\partial\ell}{\partial W} = (p - e_y)x^\top$$
$$\frac{\partial\ell}{\partial z} = p + e_y$$""")
    assert [line.status for line in report.lines][-3:] == ["proved", "proved", "refuted"], str(report)
    assert "y: label n  (read off its lines)" in report.taken and not report.needed


@pytest.mark.parametrize("text", [
    "L = 1/2 ||W x - y||^2\ndL/dW = x (W x - y)^T\n",
    r"Consider $L = \frac12\|Wx - y\|^2$. Then $$\frac{\partial L}{\partial W} = x(Wx-y)^T$$",
    r"Consider the layer $y = W x + b$. Then $$\frac{\partial L}{\partial W} = x \frac{\partial L}{\partial y}^T$$"])
def test_a_wrong_gradient_is_not_right_for_a_capital_vector(text: str) -> None:
    line = verify(text).lines[-1]
    assert line.status == "undecided" and "not for matrices" in line.message


def test_what_stands_beside_an_at_sign_is_no_number() -> None:
    lines = ["f = sigmoid(Wf @ x + Uf @ h_prev + bf)", "g = tanh(Wg @ x + bg)", "c = f * c_prev + g", "h = tanh(c)"]
    backward = ["dc = dh * (1 - h**2)", "df = dc * c_prev", "dWg = (dc * (1 - g**2)) @ x.T", "dWg = x @ (dc * (1 - g**2)).T"]
    report = verify("\n".join(("```", *lines, *backward, "```")))
    assert [line.status for line in report.lines] == [*["noted"] * 4, *["proved"] * 3, "refuted"], str(report)


def test_a_gradient_that_is_said_outright_is_of_what_is_said() -> None:
    report = verify("""o = sigmoid(W x + U h + b)
h_new = o * tanh(c)

Given dh = dL/dh_new:

do = dh * tanh(c)
dc = dh * o * (1 - tanh(c)**2)
do = 2 * dh * tanh(c)""")
    assert [line.status for line in report.lines[-3:]] == ["proved", "proved", "refuted"], str(report)


IN_PLACE = """`x`: (D,), `W`: (C, D), and `y` is the right class.

```python
def step(x, W, y):
    z = W @ x
    p = np.exp(z) / np.exp(z).sum()
    loss = -np.log(p[y])
    dz = p.copy()
    dz[y] -= 1
    dW = np.outer(dz, x)
    return loss, dW
```
"""


@pytest.mark.parametrize(("old", "new", "statuses"), [
    ("-= 1", "-= 1", ["proved", "proved"]), ("-= 1", "+= 1", ["refuted", "proved"]),
    ("outer(dz, x)", "outer(x, dz)", ["proved", "ill-typed"])])
def test_what_is_changed_in_place_is_claimed_once(old, new, statuses):
    assert [line.status for line in verify(IN_PLACE.replace(old, new)).lines[3:]] == statuses


@pytest.mark.parametrize(("given", "said", "claimed", "wrong"), [
    ("W: k d; x: d; t: label k", r"s = Wx, \quad L = -s_t + \log\sum_j e^{s_j}",
     r"\nabla_W L = (\operatorname{softmax}(s) - e_t)x^\top", ("- e_t", "+ e_t")),
    ("W: m n; x: n; y: label m", r"L = -\log p_y, \quad p = \operatorname{softmax}(Wx)",
     r"\nabla_W L = (p - e_y) x^\top", ("p - e_y", "e_y - p")),
])
def test_what_stands_at_a_declared_class_is_an_entry(given, said, claimed, wrong):
    for line, status in ((claimed, "proved"), (claimed.replace(*wrong), "refuted")):
        report = verify(f"% given: {given}\n\\[ {said} \\]\n\\[ {line} \\]\n", "")
        assert report.lines[-1].status == status and not report.taken


@pytest.mark.parametrize(("text", "wrong"), [
    (r"Let $y \in \{1, \ldots, m\}$, $z \in \mathbb{R}^m$, $p = \mathrm{softmax}(z)$ and $L = -\log p_y$. Then "
     r"$$\frac{\partial L}{\partial z_i} = p_i - \delta_{iy}$$", ("- \\delta", "+ \\delta")),
    (r"Here $p = \mathrm{softmax}(z)$ with $z \in \mathbb{R}^m$, and the true class is $y$. With $L = -\log p_y$, "
     r"$$\frac{\partial L}{\partial z_i} = p_i - \mathbb{1}[i = y]$$", ("i = y", r"i \ne y")),
    (r"Of logits $a \in \mathbb{R}^K$ and $q = \mathrm{softmax}(a)$, $t$ being the label, the loss is $\ell = -\log q_t$. "
     r"$$\nabla_a \ell = q - e_t$$", ("q - e_t", "e_t - q")),
])
def test_a_class_told_in_words_is_one(text, wrong):
    for said, status in ((text, "proved"), (text.replace(*wrong), "refuted")):
        assert verify(said).lines[-1].status == status


_GAIN = r"""The covariance for any gain $K$ is
\[ P = (I - KH) \bar P (I - KH)^\top + K R K^\top \]
where $\bar P$ and $R$ are symmetric. Expanding,
\[ P = \bar P - KH\bar P - \bar P H^\top K^\top + K (H \bar P H^\top + R) K^\top. \]
Setting the gradient to zero gives the best gain. With this gain
\[ P = (I - KH)\bar P. \]
"""
_TRACES = r"""Write $f(X) = \log\det X$ with $X$ positive definite. Then
$$\nabla f = X^{-1}$$
Also note
$$\frac{\partial}{\partial X} \operatorname{tr}(X^T B X) = (B + B^T) X$$
"""


def test_what_words_recall_is_no_definition() -> None:
    statuses = [line.status for line in verify(_GAIN).lines]
    assert statuses[:2] == ["noted", "proved"], statuses
    assert verify(_GAIN.replace("+ K (H", "- K (H")).lines[1].status == "refuted"


def test_derivatives_by_a_symmetric_matrix_are_among_all() -> None:
    assert verify(_TRACES).lines[-1].status == "proved"
    assert verify(_TRACES.replace("(B + B^T) X", "(B - B^T) X")).lines[-1].status == "refuted"


@pytest.mark.parametrize("words", ["Let $A = B$. Then", "With $A = B$ this is", "Now set $A = B$:", "Let $A = BB^T$. Then"])
def test_what_a_name_is_from_now_on_it_was_not_above(words):
    report = verify(rf"""Let $A, B\in\mathbb R^{{n\times n}}$. Then

$$(AB)^T = A^TB^T$$

{words} $$(AB)^T = B^TA^T$$""")
    assert report.lines[0].status == "refuted" and report.lines[-1].status == "proved", str(report)


def test_what_words_say_behind_a_formula_was_so_in_it():
    report = verify(r"Let $B\in\mathbb R^{n\times n}$. Then $$A^T = A$$ where $A = BB^T$.")
    assert [line.status for line in report.lines] == ["proved", "noted"]


def test_a_guess_under_which_a_wrong_line_cannot_be_read_is_no_better():
    report = verify(r"$$f(x) = ax^2$$ Then $$f'(x) = 6x$$")
    assert "x: scalar" in report.taken[0] and report.lines[-1].status != "unread"


@pytest.mark.parametrize("words", ["and with $A = BB^T$ this reduces to", "and with $A = BB^T$, it becomes"])
def test_a_case_that_comes_behind_a_claim_is_none_of_its(words):
    report = verify(rf"Let $A, B\in\mathbb R^{{n\times n}}$. Then $$A^T = A$$ {words} $A^T = A$.")
    assert [line.status for line in report.lines] == ["refuted", "noted", "proved"], str(report)


def test_an_unrolled_recurrence_is_not_called_wrong() -> None:
    report = verify(r"""The average is $m_t = \beta m_{t-1} + (1-\beta)g_t$ with $m_0 = 0$. Unrolled,
$$m_t = (1-\beta)\sum_{i=1}^t\beta^{t-i}g_i$$""")
    assert report.lines[-1].status == "unread", str(report)


def test_a_power_that_reaches_over_the_whole_bracket_is_a_slip_of_its_own() -> None:
    line = verify([r"\frac{\partial}{\partial a_i}\tanh(a_i) = (1-\tanh(a_i))^2"], "a: n").lines[0]
    assert (line.status, line.diagnosis) == ("refuted", "a bracket that reaches too far")


def test_a_special_case_of_a_probability_is_claimed_of_it() -> None:
    report = verify(r"A variable has $P(X=k) = q_k$. $$P(X=2) = q_2$$ $$P(X=2) = q_3$$")
    assert report.lines[2].status not in RIGHT, str(report)


ONE_OF_THEM = r"""Let $x_1,\dots,x_N\in\mathbb{R}^d$ be samples with density
$$p(x\mid\mu) = \frac{1}{(2\pi)^{d/2}}\exp\left(-\frac12(x-\mu)^\top(x-\mu)\right).$$
Let $\ell(\mu) = -\frac12\sum_{i=1}^N(x_i-\mu)^\top(x_i-\mu)$.
$$\frac{\partial\ell}{\partial\mu} = @\sum_{i=1}^N(x_i-\mu)$$ $$\ell(\bar x) \ge \ell(\mu)$$"""


@pytest.mark.parametrize(("factor", "status"), [("", "proved"), ("2", "refuted")])
def test_a_density_at_any_x_leaves_the_samples_what_they_are(factor, status):
    report = verify(ONE_OF_THEM.replace("@", factor))
    assert [line.status for line in report.lines[:3]] == ["noted", "noted", status], str(report)


@pytest.mark.parametrize(("factor", "right"), [("2", True), ("", False)])
def test_a_density_of_any_number_is_claimed_of_one_of_each(factor, right):
    report = verify(r"Let $x_1,\dots,x_N\in\mathbb{R}$. $$p(x_n) = \sum_{k=1}^K\pi_k\mathcal{N}(x_n\mid\mu_k,\sigma_k^2)$$"
                    r"$$\mathcal{N}(x\mid\mu,\sigma^2) = \frac{1}{\sqrt{2\pi\sigma^2}}"
                    rf"\exp\left(-\frac{{(x-\mu)^2}}{{{factor}\sigma^2}}\right)$$")
    assert report.lines[-1].status in (RIGHT if right else ("refuted",)), str(report)


@pytest.mark.parametrize("said", [
    "with the $r_k$ held fixed", "The $r_k$ are kept constant", "The responsibilities are $r_k$"])
def test_what_is_held_fixed_is_not_differentiated(said):
    report = verify(r"Let $r_k = e^{-\mu_k}/\sum_{j=1}^K e^{-\mu_j}$ and $Q = \sum_{k=1}^K r_k\mu_k^2$. " + said
                    + r". $$\frac{\partial Q}{\partial\mu_k} = 2r_k\mu_k$$ $$\frac{\partial Q}{\partial\mu_k} = r_k\mu_k$$")
    assert [line.status for line in report.lines[-2:]] == ["proved", "refuted"], str(report)


def test_the_argument_of_a_function_is_no_other_name_of_the_text():
    report = verify(r"""Let $X\in\mathbb{R}^{n\times d}$, $p = \sigma(Xw)$, $\sigma(z) = 1/(1+e^{-z})$
and $u = w - X^\top p$.
$$u = X^\top z + w,\qquad z = -p$$ $$u = X^\top z - w$$""")
    assert [line.status for line in report.lines[-2:]] == ["proved", "refuted"], str(report)


def test_rows_of_a_matrix_that_a_section_above_speaks_of():
    report = verify("# Model\n" r"Let $X\in\mathbb{R}^{n\times d}$ and $p = Xw$." "\n\n# Gradient\n"
                    r"$$\frac{\partial p_i}{\partial w} = x_i$$ $$\frac{\partial p_i}{\partial w} = 2x_i$$"
                    r" where $x_i$ is the $i$-th row of $X$.")
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted"], str(report)


def test_a_size_spelled_as_a_density_above_is_another_one():
    report = verify(r"""\textbf{1.} For $x_1,\ldots,x_n$ with density $p(x) = \lambda e^{-\lambda x}$, $\lambda>0$,
\[\ell(\lambda) = n\log\lambda-\lambda\sum_{i=1}^nx_i.\] \[\ell''(\lambda) = -\frac{n}{\lambda^2}.\]
\textbf{2.} With $\theta$, \[\ell(\theta) = \sum_{i=1}^n[x_i\log\theta+(1-x_i)\log(1-\theta)]\]
\textbf{3.} Let $f(\beta) = \|y-X\beta\|^2$, $X\in\mathbb{R}^{n\times p}$. \[\nabla f(\beta) = -2X^\top(y-X\beta)\]""")
    assert report.lines[-1].status == "proved", str(report)


@pytest.mark.parametrize(("factor", "status"), [("2", "conditional"), ("3", "refuted")])
def test_data_with_noise_of_said_moments_may_be_held_fixed(factor, status):
    report = verify(r"""Consider $y = X\beta + \varepsilon$ where $X\in\mathbb{R}^{n\times p}$, $\mathbb{E}[\varepsilon]=0$
and $\operatorname{Var}(\varepsilon)=\sigma^2 I_n$. \[ S(\beta) = \|y - X\beta\|^2. \]
\[ \frac{\partial S}{\partial\beta} = -2X^\top y + @X^\top X\beta. \]
\[ \operatorname{Var}(\hat\beta) = \sigma^2(X^\top X)^{-1}. \]""".replace("@", factor))
    assert report.lines[2].status == status and "sigma: scalar  (read off its lines)" in report.taken, str(report)


@pytest.mark.parametrize(("power", "status"), [("3", "proved"), ("2", "refuted")])
def test_a_name_that_is_given_another_value_below_makes_no_definition_a_claim_that_holds(power, status):
    report = verify(r"Let $A\in\mathbb{R}^{m\times n}$, $b\in\mathbb{R}^m$. $$v = A^\top(AA^\top)b$$ The value is"
                    rf"$$\|v\|^2 = b^\top(AA^\top)^{power}b.$$ For the weighted one with $Q\in\mathbb{{R}}^{{n\times n}}$"
                    r" the same steps give $$v = Q^{-1}A^\top(AQ^{-1}A^\top)^{-1}b.$$")
    assert [line.status for line in report.lines] == ["noted", status, "noted"], str(report)


def test_a_place_that_was_not_understood_makes_nothing_wrong():
    report = verify(r"The average is \[a_i = \frac1p\sum_{j=1}^px_{(i-1)p+j}\]"
                    r"\[\frac{\partial a_i}{\partial x_{(i-1)p+j}} = \frac1p\]")
    assert report.lines[-1].status not in ("refuted", "proved"), str(report)


@pytest.mark.parametrize(("loss", "statuses"), [
    ("L = -mean(log(p[i, y[i]]))", {"proved", "supported"}),
    ("L = the cross entropy, averaged", {"undecided", "undeclared"}),
])
def test_an_indented_program_is_read_as_one_in_a_fence_and_gradients_of_no_known_loss_are_not_called_wrong(loss, statuses):
    report = verify(f"""Shapes: X is (N, D), W1 is (D, H), b1 is (H,), W2 is (H, C), b2 is (C,), y is (N,) integer labels.

Forward:
    h = relu(X @ W1 + b1)
    s = h @ W2 + b2
    p = softmax(s, axis=1)
    {loss}

Backward:
    ds = (p - onehot(y)) / N
    dW2 = h.T @ ds
    db2 = ds.sum(axis=0)
    dh = ds @ W2.T
""")
    assert {line.status for line in report.lines[-4:]} <= statuses, str(report)


ANY_FUNCTION = r"""Let $f:\mathbb{R}^n\to\mathbb{R}$ be smooth, $A\in\mathbb{R}^{n\times m}$, $b\in\mathbb{R}^n$
and $h(y)=f(Ay+b)$.

$$\nabla h(y)=A^\top\nabla f(Ay+b), \qquad \nabla^2 h(y)=A^\top\nabla^2 f(Ay+b)A$$

Now $\psi(x) = \log f(x)$ for $x\in\mathbb{R}^n$.

$$\nabla^2\psi(x)=\frac{\nabla^2 f(x)}{f(x)}-\frac{\nabla f(x)\nabla f(x)^\top}{f(x)POWER}$$

If $f$ is convex, $f(y)\ge f(x)+\nabla f(x)^\top(y-x)$.

If $f$ is homogeneous of degree $k$, $x^\top\nabla f(x)=k f(x)$.
"""


@pytest.mark.parametrize(("power", "status"), [("^2", "supported"), ("", "refuted")])
def test_what_is_said_of_any_function_of_vectors_is_supported_and_what_is_said_of_some_is_not_wrong(power, status):
    report = verify(ANY_FUNCTION.replace("POWER", power))
    said = {line.text: line.status for line in report.lines}
    hessians = [found for text, found in said.items() if "\\nabla^2" in text]
    assert hessians == ["supported", status], str(report)
    assert not {"proved", "refuted"} & {found for text, found in said.items() if "convex" in text or "k f" in text}


def test_f_of_a_shift_of_noise_is_not_the_density_of_the_noise():
    report = verify(r"""Let $\mu, \sigma, z \in \mathbb{R}^k$, $z = \mu + \sigma\odot\epsilon$
and $\epsilon\sim\mathcal N(0, I)$. Then
$$\frac{\partial}{\partial\mu} f(\mu+\sigma\odot\epsilon) = \nabla f(z),\quad
\frac{\partial}{\partial\sigma} f(\mu+\sigma\odot\epsilon) = \nabla f(z)\odot\epsilon.$$""")
    assert report.lines[-1].status == "supported", str(report)


def test_a_name_that_is_a_method_as_well_is_no_call():
    report = verify("""Given `x` of shape (N, D), `gamma` of shape (D,), upstream gradient `dout` of shape (N, D).
```python
mean = x.mean(axis=1, keepdims=True)
var = x.var(axis=1, keepdims=True)
xhat = (x - mean) / np.sqrt(var + eps)
out = gamma * xhat
dgamma = (dout * xhat).sum(axis=0)
dxhat = dout * gamma
```""")
    assert [line.status for line in report.lines[-2:]] == ["supported", "supported"], str(report)
    assert any(each.startswith("eps: scalar") for each in report.taken)


def test_words_that_call_a_formula_are_no_factors_of_it():
    report = verify("""We minimise J(w) = ||y - Xw||^2 + c||w||^2 where X ∈ ℝ^{n×p}, y ∈ ℝ^n and w ∈ ℝ^p.

Using the SVD X = U D Vᵀ,

ŵ = V (D² + cI)⁻¹ D Uᵀ y

The Hessian ∇²J = 2(XᵀX + cI).
""")
    assert report.lines[-1].status == "proved", str(report)
    assert [line.text for line in report.lines if "SVD" in line.text] == []


def test_what_is_written_in_one_sentence_is_defined_there_whatever_its_order():
    report = verify(r"""Write $\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $\mu=\frac1m\sum_ix_i$,
$\sigma^2=\frac1m\sum_i(x_i-\mu)^2$, $y_i=\gamma\hat x_i+\beta$. Then
$$\frac{\partial L}{\partial\mu}=-\sum_i\frac{\partial L}{\partial\hat x_i}\frac1{\sqrt{\sigma^2+\epsilon}}$$""")
    assert [line.status for line in report.lines] == [*["noted"] * 4, "proved"], str(report)


def test_what_an_e_step_finds_is_held_fixed_in_the_m_step():
    report = verify(r"""Data $x_n \in \{0,1\}$, $n=1,\dots,N$; weights $\pi_k$ with $\sum_k\pi_k=1$; $\mu_k\in(0,1)$.

E-step:
$$\gamma_{nk}=\frac{\pi_k\mu_k^{x_n}(1-\mu_k)^{1-x_n}}{\sum_j\pi_j\mu_j^{x_n}(1-\mu_j)^{1-x_n}}$$
M-step: with
$$Q=\sum_n\sum_k\gamma_{nk}\left[\log\pi_k+x_n\log\mu_k+(1-x_n)\log(1-\mu_k)\right]$$
we get
$$\frac{\partial Q}{\partial\pi_k}=\frac{\sum_n\gamma_{nk}}{\pi_k}, \qquad
\frac{\partial Q}{\partial\mu_k}=\sum_n\gamma_{nk}\frac{x_n-\mu_k}{\mu_k(1-\mu_k)}$$""")
    assert report.lines[-1].status in ("proved", "supported"), str(report)


LAYER = """Let x ∈ ℝ^d and

μ = (1/d) Σ_j x_j
σ² = (1/d) Σ_j (x_j − μ)²
x̂_i = (x_i − μ) / σ

∂σ/∂x_j = (x_j − μ) / (d σ)
∂x̂_i/∂x_j = (1/σ)(δ_ij − 1/d − x̂_i x̂_j / d)
"""


@pytest.mark.parametrize(("right", "wrong"), [("", ""), ("/ (d σ)", "/ σ"), ("x̂_j / d)", "x̂_j)")])
def test_a_square_says_what_a_name_is_that_stands_without_it(right, wrong):
    lines = verify(LAYER.replace(right, wrong) if right else LAYER).lines
    assert [line.status for line in lines[:3]] == ["noted"] * 3
    assert {line.status for line in lines[3:]} == ({"proved", "refuted"} if right else {"proved"})


DESCENT = r"""Throughout, $f(x) = \tfrac12 x^\top Q x - c^\top x$ where $Q\in\mathbb{R}^{d\times d}$ is symmetric
positive definite.
\begin{lemma} The unique minimiser is $x^* = Q^{-1}c$. \end{lemma}
\begin{proof} Indeed, \[ f(x^*) = -\tfrac12 c^\top Q^{-1} c. \] \end{proof}
\begin{theorem} Let $x_{k+1} = x_k - \eta\nabla f(x_k)$. With $e_k = x_k - x^*$,
\[ f(x_{k+1}) - f(x^*) = \tfrac12 e_k^\top (I-\eta Q) Q (I - \eta Q) e_k. \] \end{theorem}
For exact line search we minimise $\phi(\eta) = f(x_k - \eta g_k)$ with $g_k = \nabla f(x_k)$:
\[ \phi'(\eta) = -g_k^\top g_k + \eta\, g_k^\top Q g_k. \]
"""


@pytest.mark.parametrize(("right", "wrong"), [("", ""), (r"f(x^*) = -", "f(x^*) = "), ("{k+1}) - f(x^*)", "{k+1}) + f(x^*)"),
                                              ("+ \\eta\\, g", "- \\eta\\, g")])
def test_a_function_is_known_in_lemmas_and_at_points_of_a_sequence(right, wrong):
    lines = [x for x in verify(DESCENT.replace(right, wrong) if right else DESCENT).lines if x.status != "noted"]
    assert len(lines) == 4 and sum(line.status == "refuted" for line in lines) == bool(right)
    assert {line.status for line in lines} <= {"proved", "supported", "refuted"}


COPIED = """The system is known. Let x ∈ Rn, u ∈ Rm, A ∈ Rn×n, B ∈ Rn×m, and let Q ∈ Rn×n, R ∈ Rm×m and Σ ∈ Rn×n be symmetric
positive definite. The cost is
J(u) = x'Qx + u'Ru + (Ax + Bu)'Σ(Ax + Bu)     (7.1)
The gradient is
∇J(u) = 2(R + B'ΣB)u + 2B'ΣAx = 0     (7.3)
which gives
u* = −(R + B'ΣB)⁻¹B'ΣAx     (7.4)
The optimal cost is
J(u*) = x'(Q + A'ΣA − A'ΣB(R + B'ΣB)⁻¹B'ΣA)x     (7.5)
and the input has
u*'u* = x'A'ΣB(R + B'ΣB)⁻²B'ΣAx     (7.6)
"""


@pytest.mark.parametrize(("right", "wrong"), [
    ("", ""), ("u* = −(", "u* = ("), ("− A'ΣB(", "+ A'ΣB("), ("⁻²", "⁻¹"), ("2B'ΣAx =", "B'ΣAx =")])
def test_a_page_copied_from_a_pdf_says_its_spaces_and_stars(right, wrong):
    lines = [x for x in verify(COPIED.replace(right, wrong) if right else COPIED).lines if x.status != "noted"]
    assert len(lines) == 4 and {x.status for x in lines} <= {"proved", "supported", "conditional", "refuted", "undecided"}
    assert any(line.status == "refuted" for line in lines) == bool(right)


@pytest.mark.parametrize(("right", "wrong", "status"), [("", "", "proved"), ("p_i - y_i$$", "y_i - p_i$$", "refuted")])
def test_a_loss_is_differentiated_by_what_is_named_below(right, wrong, status):
    text = r"""We have $x_i \in \mathbb{R}^d$, $y_i \in \{0, 1\}$, $i=1,\dots,N$, and $p_i = \sigma(w^\top x_i + b)$ where
$\sigma(z) = \frac{1}{1+e^{-z}}$. $$L(w, b) = -\sum_{i=1}^N \left[ y_i \log p_i + (1-y_i) \log(1-p_i) \right]$$
With $z_i = w^\top x_i + b$, $$\frac{\partial L}{\partial z_i} = p_i - y_i$$"""
    assert verify(text.replace(right, wrong) if right else text).lines[-1].status == status


@pytest.mark.parametrize(("right", "status"), [(r"-\alpha(1-\alpha)", "proved"), (r"\alpha(1-\alpha)", "refuted")])
def test_where_nothing_speaks_of_arrays_capitals_are_numbers(right, status):
    report = verify(r"""Output is $Y = A K^\alpha L^{1-\alpha}$ with $0 < \alpha < 1$.
$$\frac{\partial^2 Y}{\partial K^2} = @\frac{Y}{K^2}$$""".replace("@", right))
    assert report.lines[-1].status == status, str(report)


def test_what_holds_for_any_vector_says_nothing_of_it():
    report = verify(r"""Let $p = \mathrm{softmax}(z)$ with $z \in \mathbb{R}^C$. The Hessian is PSD since for any $v$,
$$v^\top (\mathrm{diag}(p) - pp^\top) v = \sum_c p_c v_c^2 - \Big(\sum_c p_c v_c\Big)^2$$""")
    assert report.lines[-1].status == "proved", str(report)
