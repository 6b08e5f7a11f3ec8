"""Word vectors that gensim trains: the baseline of the learned embeddings."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    kind="word2vec",
    noun="word vectors",
    command=Command(
        "word2vec",
        "embedkit.tasks.word2vec.commands:train",
        "Train word vectors on a corpus with gensim.",
        "embedkit train word2vec --corpus wikipedia-sample --epochs 2",
    ),
    configs=("config:Word2VecTraining",),
    recipe="embeddings",
    baseline=True,
    summary="sections:summary",
    headlines="sections:headlines",
    spaces=("vectors",),
    word_spaces=("vectors",),
    study="study:study",
    checksum="data:checksum_of",
    reread="verification:reread",
    counted="verification:counted",
)
