"""Every method against a version in plain float64, one question at a time; and gensim as the referee of 3CosAdd."""

from dataclasses import dataclass

import numpy as np
import pytest

from embedkit.analysis.analogies import landings as module
from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.analogies.landings import Landings, land
from embedkit.analysis.analogies.lrcos import class_boundaries, teachers_of
from embedkit.analysis.analogies.methods import METHODS
from embedkit.errors import UsageError
from tests.progress import Recorder

NEAR = 2e-6  # scores of float32 that are nearer than this cannot be told apart


def normed(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def cosines(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Of every word with a query, 0 where one has no length."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return np.divide(vectors @ query, lengths, out=np.zeros(len(vectors)), where=lengths > 1e-9)


@dataclass
class Space:
    """What the plain version works on."""

    vectors: np.ndarray
    questions: CoveredQuestions

    def relatives(self, pair: int) -> list[int]:
        """The other pairs of the category that share no word."""
        q = self.questions
        words = [{int(q.source[p]), *(int(t) for t in q.targets[p] if t >= 0)} for p in range(len(q.source))]
        alike = np.flatnonzero(q.category == q.category[pair]).tolist()
        return [p for p in alike if p != pair and not words[p] & words[pair]]

    def scores(self, method: str, i: int) -> np.ndarray:
        """Of every word for question i, as the papers write them; -∞ where there is none."""
        q = self.questions
        v = self.vectors.astype(np.float64)
        if not method.endswith("raw"):
            lengths = np.linalg.norm(v, axis=1, keepdims=True)
            v = v / np.where(lengths > 0, lengths, 1)
        a, a2, b = v[q.a[i]], v[q.a2[i]], v[q.b[i]]
        name = method.removesuffix(" raw")
        if name == "3CosAdd" and method != name:
            return cosines(v, a2 - a + b) * np.linalg.norm(a2 - a + b)  # the same order
        if name == "3CosAdd":
            return cosines(v, a2) - cosines(v, a) + cosines(v, b)
        if name == "3CosMul":
            near_a2, near_a, near_b = ((cosines(v, w) + 1) / 2 for w in (a2, a, b))
            return near_a2 * near_b / (near_a + 0.001)
        if name == "PairDirection":
            apart = np.linalg.norm(v - b, axis=1) > 1e-9
            return np.where(apart, cosines(v - b, a2 - a), -np.inf)
        if name == "3CosAvg":
            teachers = self.relatives(int(q.query[i]))
            offsets = [v[q.targets[p, 0]] - v[q.source[p]] for p in teachers]
            return cosines(v, b + np.mean(offsets, axis=0) if teachers else b)
        if name == "LRCos":
            # What the fit is learnt from is tested in test_lrcos.py; here that its boundary is used as it should be.
            query_pairs = q.query[i : i + 1]
            teachers = teachers_of(q.source, q.targets, q.category, query_pairs)
            vectors = self.vectors if method != name else normed(self.vectors)
            weights = class_boundaries(vectors, q.source, q.targets, q.category, query_pairs, teachers, seed=0)[0]
            return cosines(v, b) / (1 + np.exp(-(v @ weights[:-1] + weights[-1])))
        return {
            "only-b": cosines(v, b),
            "ignore-a": cosines(v, a2) + cosines(v, b),
            "reversed": cosines(v, a) - cosines(v, a2) + cosines(v, b),
        }[name]

    def check(self, method: str, found: Landings) -> int:
        """Compare all questions; how many could be compared to the last place, nothing near but what is equal."""
        sharp = 0
        twin = np.array([np.flatnonzero((self.vectors == row).all(axis=1))[0] for row in self.vectors])
        for i in range(len(self.questions)):
            scores = self.scores(method, i)
            near = NEAR * max(1.0, float(np.abs(scores[np.isfinite(scores)]).max(initial=0)))
            free = np.ones(len(scores), dtype=bool)
            for answer, allowed in ((found.honest[i], free), (found.best[i], self._free(i))):
                possible = np.where(allowed, scores, -np.inf)
                if possible.max() == -np.inf:
                    assert answer == -1
                    continue
                assert allowed[answer]
                assert possible[answer] >= possible.max() - near
                # Of words with equal vectors the first one that may.
                assert answer == np.flatnonzero(allowed & (twin == twin[answer]))[0]
            right = self.questions.answers[i]
            ranks = [self._rank(scores, twin, int(word), near) for word in right[right >= 0]]
            low, high = min(low for low, _ in ranks), min(high for _, high in ranks)
            assert low <= found.rank[i] <= high
            sharp += low == high
        return sharp

    def _free(self, i: int) -> np.ndarray:
        free = np.ones(len(self.vectors), dtype=bool)
        free[[self.questions.a[i], self.questions.a2[i], self.questions.b[i]]] = False
        return free

    def _rank(self, scores: np.ndarray, twin: np.ndarray, word: int, near: float) -> tuple[int, int]:
        """The lowest and the highest rank that rounding allows."""
        if scores[word] == -np.inf:
            rank = 1 + (scores > -np.inf).sum() + (scores[:word] == -np.inf).sum()
            return int(rank), int(rank)
        same = twin == twin[word]
        before = same[:word].sum()
        ahead = (scores > scores[word] + near) & ~same
        close = (np.abs(scores - scores[word]) <= near) & ~same
        return int(1 + before + ahead.sum()), int(1 + before + ahead.sum() + close.sum())


def strewn(seed: int, words: int, dimensions: int, pairs: int, most_targets: int = 3) -> Space:
    """A space with twins of words, a word without length, and questions that share words, among them a = b and b = b′.

    Words of the questions stand anywhere, first and last word among them.
    """
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(words, dimensions)) * rng.uniform(0.3, 3, size=(words, 1))
    category = np.sort(rng.integers(3, size=pairs))
    # Few words, so that pairs share them.
    pool = np.concatenate([[0, words - 1], rng.choice(np.arange(1, words - 1), size=pairs, replace=False)])
    source = rng.choice(pool, size=pairs)
    targets = np.full((pairs, most_targets), -1)
    for row in targets:
        n = rng.integers(1, most_targets + 1)
        row[:n] = rng.choice(pool, size=n, replace=False)
    offsets = rng.normal(size=(3, dimensions))
    for s, row, c in zip(source, targets, category, strict=True):
        vectors[row[0]] = vectors[s] + offsets[c] + 0.5 * rng.normal(size=dimensions)
    vectors[rng.integers(words)] = 0
    copies = rng.integers(words, size=(2, words // 5))
    vectors[copies[0]] = vectors[copies[1]]  # some of them words of questions
    example, query = rng.integers(pairs, size=(2, 60))
    example[:5] = query[:5]
    return Space(vectors.astype(np.float32), CoveredQuestions(source, targets, category, example, query))


@pytest.mark.parametrize(("seed", "words", "dimensions"), [(0, 150, 10), (1, 64, 3), (2, 257, 40), (3, 700, 10)])
@pytest.mark.parametrize("block", [64, 192, 1024])
def test_every_method_agrees_with_its_formula(
    seed: int, words: int, dimensions: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    space = strewn(seed, words, dimensions, pairs=12)
    found = land(normed(space.vectors), space.vectors, space.questions)
    assert list(found) == list(METHODS)
    for method, landings in found.items():
        sharp = space.check(method, landings)
        # Or the comparison would show little. ignore-a gives a′ and b the same score, so fewer ranks are sharp.
        assert sharp >= (0.5 if method == "ignore-a" else 0.8) * len(space.questions), method


def test_the_check_itself_finds_a_wrong_answer() -> None:
    space = strewn(0, 150, 10, pairs=12)
    found = land(normed(space.vectors), space.vectors, space.questions, methods=["3CosAdd"])["3CosAdd"]
    for spoilt in (
        Landings(found.best, found.honest, found.rank + 1),
        Landings(found.honest, found.honest, found.rank),
        Landings(found.best, found.best, found.rank),
    ):
        with pytest.raises(AssertionError):
            space.check("3CosAdd", spoilt)
    with pytest.raises(AssertionError):
        space.check("reversed", found)


def of_pairs(pairs: list[tuple[int, int]]) -> CoveredQuestions:
    """All questions between different pairs of one category."""
    n = len(pairs)
    example, query = np.nonzero(~np.eye(n, dtype=bool))
    source, target = np.array(pairs).T
    return CoveredQuestions(source, target[:, None], np.zeros(n, dtype=np.int64), example, query)


def test_exact_offsets_are_found_with_nothing_excluded() -> None:
    """Sources and the offset are at right angles, so b + a′ - a is b′ to the last bit, and nothing else is near."""
    n = 8
    vectors = np.zeros((2 * n + 40, 40), dtype=np.float32)
    vectors[:n, :n] = 3 * np.eye(n)
    vectors[n : 2 * n] = vectors[:n]
    vectors[n : 2 * n, n] = 4  # of length 5: the cosine of two targets is 16 / 25, of b and b′ 3 / 5
    vectors[2 * n :, n + 1 :] = np.random.default_rng(0).normal(size=(40, 40 - n - 1))
    questions = of_pairs([(i, n + i) for i in range(n)])
    found = land(normed(vectors), vectors, questions)
    right = questions.answers[:, 0]
    for method in ("3CosAdd", "3CosAdd raw", "3CosAvg raw", "3CosMul", "PairDirection raw"):
        assert (found[method].rank == 1).all(), method
        assert (found[method].honest == right).all(), method
        assert (found[method].best == right).all(), method
    # b's own cosine is 1, its answer's 3 / 5, that of other words 0.
    assert (found["only-b"].honest == questions.b).all()
    assert (found["only-b"].rank == 2).all()
    assert (found["only-b"].best == right).all()
    # Turned round, the offset leads away: of the targets the given one is worst, and b′ scores 0 - 16/25 + 3/5 < 0.
    assert (found["reversed"].best != right).all()


def test_four_words_in_a_plane_by_hand() -> None:
    # man (1, 0), king (.6, .8), woman (0, 1), queen (-.8, .6), apple (-.7, -.7): man is to king as woman is to what?
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 2], [-0.8, 0.6], [-1, -1]], dtype=np.float32)
    one = CoveredQuestions(*(np.array(x) for x in ([0, 2], [[1], [3]], [0, 0], [0], [1])))
    found = land(normed(vectors), vectors, one)
    # 3CosAdd: woman .8 - 0 + 1 = 1.8, king 1 - .6 + .8 = 1.2, queen 0 + .8 + .6 = 1.4, man -.4, apple -.99.
    assert (found["3CosAdd"].best[0], found["3CosAdd"].honest[0], found["3CosAdd"].rank[0]) == (3, 2, 2)
    # only-b: woman 1, king .8, queen .6.
    assert (found["only-b"].best[0], found["only-b"].honest[0], found["only-b"].rank[0]) == (3, 2, 3)
    # PairDirection: of a′ - a = (-.4, .8) with queen - woman = (-.8, -.4) it is 0; with king - woman = (.6, -.2) and
    # man - woman = (1, -1) it is below 0, with apple - woman = (-.71, -1.71) too; woman herself has no direction.
    landed = found["PairDirection"]
    assert (landed.best[0], landed.honest[0], landed.rank[0]) == (3, 3, 1)


def test_of_several_right_answers_the_best_ranked_counts() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 8)).astype(np.float32)
    unit = normed(vectors)

    def rank(answers: list[int]) -> int:
        source, category = np.array([3, 4]), np.array([0, 0])
        targets = np.array([[5] + [-1] * (len(answers) - 1), answers])
        questions = CoveredQuestions(source, targets, category, np.array([0]), np.array([1]))
        return int(land(unit, vectors, questions, methods=["3CosAdd"])["3CosAdd"].rank[0])

    alone = [rank([word]) for word in (10, 20, 30)]
    assert len(set(alone)) == 3
    assert rank([10, 20, 30]) == min(alone)
    assert rank([30, 10, 20]) == min(alone)


def test_equal_scores_go_to_the_first_word_wherever_its_block_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 64)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 12)).astype(np.float32)
    vectors[[40, 63, 64, 130, 299]] = vectors[200]
    source, targets = np.array([10, 11, 12]), np.array([[20], [200], [299]])
    questions = CoveredQuestions(source, targets, np.zeros(3, dtype=np.int64), np.array([0, 0]), np.array([1, 2]))
    vectors[11] = vectors[12] = vectors[200] + vectors[10] - vectors[20]
    found = land(normed(vectors), vectors, questions)
    assert found["3CosAdd raw"].best.tolist() == [40, 40]
    # Of six equal words 200 is the fifth and 299 the sixth.
    assert found["3CosAdd raw"].rank.tolist() == [5, 6]
    # Of right answers with one score, in several blocks, the first one ranks best, whatever their order.
    monkeypatch.setattr(module, "_BLOCK", 2)
    for answers in ([40, 130, 200], [200, 40, 130]):
        several = CoveredQuestions(
            source, np.array([[20, -1, -1], answers, answers]), questions.category, questions.example, questions.query
        )
        assert land(normed(vectors), vectors, several)["3CosAdd raw"].rank.tolist() == [1, 1]


def test_ignore_a_has_a_tie_that_rounding_does_not_break() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 30)).astype(np.float32)
    pairs = rng.permutation(60)[:40].reshape(20, 2)
    questions = of_pairs([(int(s), int(t)) for s, t in pairs])
    found = land(normed(vectors), vectors, questions, methods=["ignore-a"])["ignore-a"]
    # cos(b, a′) + 1 and 1 + cos(a′, b).
    between = (found.honest == questions.a2) | (found.honest == questions.b)
    assert between.mean() > 0.9
    assert (found.honest == np.minimum(questions.a2, questions.b))[between].all()


def test_the_last_word_may_be_the_answer_and_a_vocabulary_may_be_tiny() -> None:
    vectors = np.eye(4, dtype=np.float32)
    questions = of_pairs([(0, 1), (2, 3)])
    found = land(vectors, vectors, questions)
    # Everything but the right answer is excluded.
    assert all((landings.best == [3, 1]).all() for landings in found.values())
    everything = CoveredQuestions(*(np.array(x) for x in ([0, 1], [[1], [0]], [0, 0], [0], [1])))
    two = land(vectors[:2], vectors[:2], everything)
    assert all((landings.best == -1).all() for landings in two.values())


def test_3cosadd_equals_gensims() -> None:
    from gensim.models import KeyedVectors

    space = strewn(5, 200, 20, pairs=10)
    vectors = space.vectors + np.random.default_rng(0).normal(size=space.vectors.shape).astype(np.float32)  # no twins
    peer = KeyedVectors(20)
    peer.add_vectors([str(i) for i in range(200)], vectors)
    questions = space.questions
    best = land(normed(vectors), vectors, questions, methods=["3CosAdd"])["3CosAdd"].best
    for i in range(len(questions)):
        a, a2, b = (str(words[i]) for words in (questions.a, questions.a2, questions.b))
        if len({a, a2, b}) == 3:  # else gensim adds the word only once
            assert peer.most_similar(positive=[b, a2], negative=[a], topn=1)[0][0] == str(best[i])


def test_answers_do_not_depend_on_the_order_or_the_company_of_questions() -> None:
    space = strewn(7, 150, 10, pairs=12)
    q, unit = space.questions, normed(space.vectors)
    together = land(unit, space.vectors, q)
    order = np.random.default_rng(0).permutation(len(q))[:20]
    few = land(unit, space.vectors, CoveredQuestions(q.source, q.targets, q.category, q.example[order], q.query[order]))
    for method in METHODS:
        for field in ("best", "honest", "rank"):
            assert (getattr(few[method], field) == getattr(together[method], field)[order]).all(), method


def test_progress_rises_to_1() -> None:
    space = strewn(8, 150, 10, pairs=12)
    told = Recorder()
    land(normed(space.vectors), space.vectors, space.questions, progress=told)
    shares = told.shares
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 5


def test_no_questions_land_nowhere() -> None:
    none = np.empty(0, dtype=np.int64)
    questions = CoveredQuestions(none, none.reshape(0, 1), none, none, none)
    found = land(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32), questions)
    assert [len(landings.rank) for landings in found.values()] == [0] * len(METHODS)


def test_wrong_calls_are_said() -> None:
    vectors = np.eye(4, dtype=np.float32)
    questions = of_pairs([(0, 1), (2, 3)])
    with pytest.raises(UsageError, match="did you mean 3CosAdd"):
        land(vectors, vectors, questions, methods=["3cosAdd"])
    with pytest.raises(UsageError, match="word 3 of a vocabulary of 3"):
        land(vectors[:3], vectors[:3], questions)
    with pytest.raises(UsageError, match="shape"):
        land(vectors, vectors[:3], questions)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": np.array([[-1], [3]])}, "no first target"),
        ({"targets": np.array([1, 3])}, "row of targets"),
        ({"category": np.array([0])}, "category"),
        ({"query": np.array([2, 0])}, "there are 2"),
        ({"query": np.array([1])}, "asked"),
    ],
)
def test_questions_that_do_not_fit_together_are_refused(change: dict, message: str) -> None:
    whole = {
        "source": np.array([0, 2]),
        "targets": np.array([[1], [3]]),
        "category": np.array([0, 0]),
        "example": np.array([0, 1]),
        "query": np.array([1, 0]),
    }
    with pytest.raises(UsageError, match=message):
        CoveredQuestions(**{**whole, **change})
