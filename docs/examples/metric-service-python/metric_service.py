"""A metric for Bonsai: how much the worst quarter of the windows suffers, in nats per token.

Pruning by the mean may sacrifice what is rare in the calibration text; this metric does not let it.
README.md says how to run it.
"""

import hashlib
import sys
from concurrent import futures

import grpc
from bonsai.v1 import metric_pb2, metric_pb2_grpc


def nll(window):
    return window.nll_sum / window.token_count


def worst_quarter(windows, base):
    rises = sorted((nll(window) - nll(whole) for window, whole in zip(windows, base)), reverse=True)
    worst = rises[: (len(rises) + 3) // 4]
    return sum(worst) / len(worst)


class WorstQuarter(metric_pb2_grpc.MetricServiceServicer):
    def DescribeMetric(self, request, context):
        digest = hashlib.sha256(open(__file__, "rb").read()).hexdigest()
        return metric_pb2.DescribeMetricResponse(name="worst-quarter", version="1", digest=digest)

    def ScoreMasks(self, request, context):
        losses = [worst_quarter(mask.windows, request.base) for mask in request.masks]
        return metric_pb2.ScoreMasksResponse(losses=losses)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
metric_pb2_grpc.add_MetricServiceServicer_to_server(WorstQuarter(), server)
server.add_insecure_port(sys.argv[1])
server.start()
server.wait_for_termination()
