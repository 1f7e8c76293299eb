{{/* Contradictions in what is around the endpoint, as those in _contradictions.tpl. */}}

{{- define "nbwss-bridge.contradictions.routes" -}}
{{- $gateway := .Values.gateway }}
{{- range $name, $route := dict "tlsRoute" $gateway.tlsRoute "httpRoute" $gateway.httpRoute }}
{{- if and $route.enabled (not $route.parentRefs) }}
gateway.{{ $name }}.parentRefs is empty: the route has to belong to a Gateway
{{- end }}
{{- if and $route.enabled (not $route.hostnames) }}
gateway.{{ $name }}.hostnames is empty: the route would take every host of the Gateway
{{- end }}
{{- end }}
{{- if $gateway.httpRoute.enabled }}
{{- $policy := $gateway.backendTlsPolicy }}
{{- if $gateway.tlsRoute.enabled }}
gateway.tlsRoute and gateway.httpRoute are both enabled: TLS ends either in the bridge or at the Gateway
{{- end }}
{{- if not $policy.hostname }}
gateway.backendTlsPolicy.hostname is not set: the Gateway has to know which name the bridge's certificate carries, because the bridge speaks TLS only
{{- end }}
{{- if and $policy.caConfigMap $policy.wellKnownCaCertificates }}
gateway.backendTlsPolicy.caConfigMap and .wellKnownCaCertificates are both set: keep one of them
{{- end }}
{{- if not (or $policy.caConfigMap $policy.wellKnownCaCertificates) }}
gateway.backendTlsPolicy needs caConfigMap or wellKnownCaCertificates: the Gateway has to know who signed the bridge's certificate
{{- end }}
{{- if .config.listen.tls.clientCaFile }}
tls.clientCa can't be used with gateway.httpRoute: NetBackup's certificate ends at the Gateway, use gateway.tlsRoute
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.ingress" -}}
{{- $ingress := .Values.ingress }}
{{- if $ingress.enabled }}
{{- if not $ingress.hosts }}
ingress.hosts is empty: the Ingress would take every host of its controller
{{- end }}
{{- if not $ingress.annotations }}
ingress.annotations is empty: without its own annotations a controller speaks plain HTTP to the bridge, which speaks TLS only
{{- end }}
{{- if eq $ingress.tlsMode "passthrough" }}
{{- if $ingress.tlsSecret }}
ingress.tlsSecret is for ingress.tlsMode reencrypt: with passthrough the bridge shows its own certificate
{{- end }}
{{- else }}
{{- if not $ingress.tlsSecret }}
ingress.tlsMode reencrypt needs ingress.tlsSecret: NetBackup speaks wss:// only, so the controller needs a certificate
{{- end }}
{{- if .config.listen.tls.clientCaFile }}
tls.clientCa can't be used with ingress.tlsMode reencrypt: NetBackup's certificate ends at the controller, use passthrough
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.metrics" -}}
{{- $metrics := .Values.metrics }}
{{- $policy := .Values.networkPolicy }}
{{- if and $metrics.serviceMonitor.enabled $metrics.podMonitor.enabled }}
metrics.serviceMonitor and metrics.podMonitor are both enabled: every sample would be there twice
{{- end }}
{{- if and $policy.enabled $policy.egress.restricted (not $policy.egress.rules) }}
networkPolicy.egress.restricted has no networkPolicy.egress.rules: neither Kafka nor the registry could be reached
{{- end }}
{{- if and $policy.egress.rules (not (and $policy.enabled $policy.egress.restricted)) }}
networkPolicy.egress.rules needs networkPolicy.enabled and networkPolicy.egress.restricted
{{- end }}
{{- if hasKey ($metrics.prometheusRule.alertLabels | default dict) "severity" }}
metrics.prometheusRule.alertLabels has severity, which every alert has its own of: set metrics.prometheusRule.alerts.<name>.severity
{{- end }}
{{- range $name, $alert := $metrics.prometheusRule.alerts }}
{{- if hasKey ($alert.labels | default dict) "severity" }}
metrics.prometheusRule.alerts.{{ $name }}.labels has severity: set metrics.prometheusRule.alerts.{{ $name }}.severity
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.strimzi" -}}
{{- $strimzi := .Values.strimzi }}
{{- if $strimzi.enabled }}
{{- if not $strimzi.cluster }}
strimzi.cluster is not set: Strimzi has to know which Kafka cluster the topics and the user are for
{{- end }}
{{- if gt (int $strimzi.topics.minInsyncReplicas) (int $strimzi.topics.replicas) }}
strimzi.topics.minInsyncReplicas is above strimzi.topics.replicas: nothing could ever be written
{{- end }}
{{- $owners := dict
  "retention.ms" "strimzi.topics.retentionMs and strimzi.topics.deadLetterRetentionMs say"
  "min.insync.replicas" "strimzi.topics.minInsyncReplicas says"
  "cleanup.policy" "the chart says: records go by strimzi.topics.retentionMs, and replays are compacted" }}
{{- range $setting, $owner := $owners }}
{{- if hasKey ($strimzi.topics.config | default dict) $setting }}
strimzi.topics.config has {{ $setting }}, which {{ $owner }}; leave it out there
{{- end }}
{{- end }}
{{- if $strimzi.user.enabled }}
{{- $isTls := eq $strimzi.user.authentication "tls" }}
{{- $value := ternary "kafka.clientCertificate" "kafka.password" $isTls }}
{{- $given := ternary .Values.kafka.clientCertificate.existingSecret .Values.kafka.password.existingSecret $isTls }}
{{- $mechanism := include "nbwss-bridge.get" (dict "tree" .Values.config "path" "kafka.sasl.mechanism") | default "\"none\"" }}
{{- if ne ($strimzi.namespace | default .Release.Namespace) .Release.Namespace }}
{{- if not $given }}
strimzi.user's Secret will be in the namespace {{ $strimzi.namespace }}, where no pod of this release can mount it: copy it here and name the copy in {{ $value }}.existingSecret
{{- end }}
{{- else if $given }}
{{ $value }}.existingSecret and strimzi.user both say how the bridge shows itself to Kafka: keep one of them
{{- end }}
{{- if and $isTls (ne $mechanism "\"none\"") }}
strimzi.user.authentication tls and config.kafka.sasl.mechanism {{ $mechanism }} are two ways to show itself to Kafka: keep one of them
{{- end }}
{{- if not $isTls }}
{{- if not (has $mechanism (list "\"none\"" "\"scram-sha-512\"")) }}
strimzi.user.authentication scram-sha-512 and config.kafka.sasl.mechanism {{ $mechanism }} differ: leave config.kafka.sasl.mechanism out
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.jobs" -}}
{{- if and .Values.schemasJob.enabled (eq .Values.schemasJob.command "register") (eq .config.schemas.mode "pinned") }}
schemasJob.command register and config.schemas.mode pinned contradict each other: what is registered would not be used, take check
{{- end }}
{{- if and .Values.test.enabled (not .Values.tokens.existingSecret) (not .Values.test.token.existingSecret) .config.credentials.tokenDirectory }}
test.enabled needs test.token.existingSecret, because tokens.existingSecret isn't set: name the Secret with the token of probe, or set test.enabled to false
{{- end }}
{{- if .Values.test.enabled }}
{{- $isRequired := and .config.listen.tls.clientCaFile (eq .config.listen.tls.clientCertificate "required") }}
{{- if and $isRequired (not .Values.test.clientCertificate.existingSecret) }}
test.enabled needs test.clientCertificate.existingSecret, because the bridge takes nobody without a certificate of tls.clientCa: name the probe's, or set test.enabled to false
{{- end }}
{{- if and .Values.test.clientCertificate.existingSecret (not .config.listen.tls.clientCaFile) }}
test.clientCertificate needs tls.clientCa: without it no client shows a certificate
{{- end }}
{{- end }}
{{- if and .Values.test.ca.existingSecret .Values.test.ca.existingConfigMap }}
test.ca.existingSecret and test.ca.existingConfigMap are both set: keep one of them
{{- end }}
{{- end -}}
