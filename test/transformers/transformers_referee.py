"""What stock transformers makes of exported models, asked by a request in JSON on standard input.

{"models": [directory, ...], "windows": [[token, ...], ...]}: for every model its class, the names of tensors that did not fit,
and the summed NLL in nats of every window, each token but the first predicted from those before it.
{"tokenizer": directory, "texts": [text, ...]}: the token ids of every text, without special tokens.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LEFT_OVER = ("missing_keys", "unexpected_keys", "mismatched_keys")


def nll(model, window):
    tokens = torch.tensor([window])
    with torch.no_grad():
        logits = model(tokens).logits[0, :-1].double()
    return torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum").item()


def score(directory, windows):
    model, info = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, output_loading_info=True)
    left_over = {name: sorted(map(str, info[name])) for name in LEFT_OVER}
    return {"class": type(model).__name__, "leftOver": left_over, "nll": [nll(model.eval(), window) for window in windows]}


def answer(request):
    if "tokenizer" in request:
        tokenizer = AutoTokenizer.from_pretrained(request["tokenizer"])
        return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in request["texts"]]
    return [score(directory, request["windows"]) for directory in request["models"]]


json.dump(answer(json.load(sys.stdin)), sys.stdout)
