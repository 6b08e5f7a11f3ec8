"""An embedding file that somebody else made, as a run of its own."""

from embedkit.tasks import Task

TASK = Task(
    package=__name__,
    kind="embeddings",
    noun="an embedding file",
    recipe="embeddings",
    summary="sections:summary",
    headlines="sections:headlines",
    spaces=("vectors",),
    word_spaces=("vectors",),
    study="study:study",
    checksum="study:checksum_of",
    reread="verification:reread",
    counted="verification:counted",
)
