"""Room of judgement: themes, scores, programme rules and why a call suits a partnership."""
