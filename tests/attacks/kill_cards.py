"""The moments at which kills.py kills: one card for each, and a deck of them."""
import collections

TRANSITIONS = {"kill-before": ["sync", "pwrite", "rename", "unlink", "send"],
               "kill-after": ["sync", "rename", "unlink", "send", "receive"]}
TRIES = 5  # of a card, before it is called out of reach

Card = collections.namedtuple("Card", "process action at")


def cards_of(counts, processes):
    """One for every transition that a run without a kill passed."""
    return [Card(process, action, at) for process in processes for action, calls in TRANSITIONS.items()
            for at in range(1, sum(counts[process].get(call, 0) for call in calls) + 1)]


class Deck:
    """The cards of a dispatch that are still to be played: shuffled, dealt in hands, and back if not played."""

    def __init__(self, cards, chance):
        self.cards, self.left = set(cards), list(cards)
        self.tries, self.out_of_reach = collections.Counter(), []
        chance.shuffle(self.left)

    def hand(self, size):
        hand, self.left = self.left[:size], self.left[size:]
        return hand

    def back(self, hand, dealt, played):
        self.tries.update(dealt)
        for card in hand:
            if card in played:
                continue
            # A moment that a run does not pass each time (how often it polls, how it is answered) is tried again.
            (self.out_of_reach if self.tries[card] >= TRIES else self.left).append(card)
