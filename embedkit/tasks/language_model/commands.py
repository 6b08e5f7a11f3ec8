"""`embedkit complete`."""

from embedkit.cli.output import note
from embedkit.errors import UsageError
from embedkit.runs.folder import open_run


def complete(
    *prompt: str,
    run: str | None = None,
    tokens: int = 60,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> None:
    """Continue a text.

    Args:
        prompt: How the text starts; with none, the model starts one of its own.
        run: A language model's run, by name or path; by default the newest.
        tokens: How many tokens to add.
        temperature: Below 1 plays safe, above 1 takes risks, 0 always takes the likeliest token.
        top_k: Draw from the k likeliest tokens.
        top_p: Draw from the fewest tokens whose probabilities reach p.
        seed: The same seed gives the same text.
    """
    text = " ".join(prompt)
    if prompt and not text.strip():
        raise UsageError("the prompt is empty; give some text, or none at all and the model starts one of its own")
    model = open_run(run, kinds=["language-model"])
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.sampling import continue_text
    from embedkit.text.typed import unknown_tokens

    language_model, vocabulary = load_language_model(model)
    pieces = continue_text(
        language_model, vocabulary, text, tokens=tokens, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )
    note(f"{model.name}, temperature {temperature:g}, seed {seed}")
    if unknown := unknown_tokens(vocabulary, text):
        note(f"unknown to {model.name}: {', '.join(unknown)}")
    print(text, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
