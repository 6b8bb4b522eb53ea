"""Trains a classifier on scikit-learn's own images of digits.

Nothing here knows of trialwatch: the run is recorded because the script leaves a small file, train.run, in its folder.
"""
import json
import os
import sys

from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss, recall_score
from sklearn.model_selection import train_test_split


def write_marker(content):
    """Writes the marker whole or not at all: under another name first, then renamed into place."""
    with open("train.run.new", "w") as file:
        json.dump(content, file)
    os.replace("train.run.new", "train.run")


alpha = float(sys.argv[1])
seed = 7
parameters = {"alpha": alpha, "epochs": 20, "model": {"name": "SGDClassifier", "loss": "log_loss"}}
run = {"state": "running", "pid": os.getpid(), "seed": seed, "parameters": parameters}
write_marker(run)

images, digits = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(images / 16, digits, random_state=seed)
model = SGDClassifier(loss="log_loss", alpha=alpha, random_state=seed)
loss, accuracy = [], []
for epoch in range(parameters["epochs"]):
    model.partial_fit(train_x, train_y, classes=range(10))
    loss.append(log_loss(test_y, model.predict_proba(test_x)))
    accuracy.append(model.score(test_x, test_y))

recall = recall_score(test_y, model.predict(test_x), average=None).round(3).tolist()
run.update(
    state="succeeded", result=accuracy[-1], metrics={"loss": loss, "accuracy": accuracy}, persist={"recall": recall})
write_marker(run)
print(f"alpha {alpha}: accuracy {accuracy[-1]:.3f}")
