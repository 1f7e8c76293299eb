{{/*
What can't be meant, each in one sentence on a line of its own: which value, why, and what to do. They are told all at once. What the
types of the values forbid is in values.schema.json, and what the bridge's own settings forbid each other the bridge says itself.
*/}}
{{- define "nbwss-bridge.refuseContradictions" -}}
{{- include "nbwss-bridge.refuseNulls" . -}}
{{- $context := dict "root" . "Values" .Values "Release" .Release "config" (include "nbwss-bridge.effective" . | fromYaml) "mounts" (include "nbwss-bridge.mounts" . | fromJsonArray) -}}
{{- $sentences := list -}}
{{- range list "removed" "required" "certificate" "names" "labels" "references" "listen" "kafka" "registry" "routes" "ingress" "pods" "volumes" "metrics" "strimzi" "jobs" -}}
{{- range include (printf "nbwss-bridge.contradictions.%s" .) $context | splitList "\n" -}}
{{- if trim . -}}{{- $sentences = append $sentences (printf "- %s" (trim .)) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $sentences -}}
{{- fail (printf "\nthe values can't be used:\n%s\n" (join "\n" $sentences)) -}}
{{- end -}}
{{- end -}}

{{/*
Values that null took away, with all that stands below them: everything else asks for them. Of one in another only the outer is told.
*/}}
{{- define "nbwss-bridge.refuseNulls" -}}
{{- $nulls := list -}}
{{- range $path := .Files.Lines "files/values-with-defaults.txt" -}}
{{- if and $path (not (hasPrefix "#" $path)) (eq (include "nbwss-bridge.get" (dict "tree" $.Values "path" $path)) "") -}}
{{- $isTold := false -}}
{{- range $nulls -}}{{- if hasPrefix (printf "%s." .) $path -}}{{- $isTold = true -}}{{- end -}}{{- end -}}
{{- if not $isTold -}}{{- $nulls = append $nulls $path -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $nulls -}}
{{- $sentences := list -}}
{{- range $nulls -}}{{- $sentences = append $sentences (printf "- %s is null, or there is nothing below it: give it a value, or leave it out for its default" .) -}}{{- end -}}
{{- fail (printf "\nthe values can't be used:\n%s\n" (join "\n" $sentences)) -}}
{{- end -}}
{{- end -}}

{{/* Each takes what refuseContradictions puts together: root, Values, Release, config (with defaults), mounts. */}}

{{/* Also one that is null: the bridge would refuse it as well. */}}
{{- define "nbwss-bridge.contradictions.removed" -}}
{{- range $path, $sentence := .root.Files.Get "files/removed-settings.yaml" | fromYaml }}
{{- $keys := splitList "." $path }}
{{- $section := include "nbwss-bridge.get" (dict "tree" $.Values.config "path" (initial $keys | join ".")) | fromJson }}
{{- if hasKey $section (last $keys) }}
config.{{ $path }} is gone: {{ $sentence }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.required" -}}
{{- if not .Values.image.repository }}
image.repository is not set: build the image from the Dockerfile, push it to a registry that the nodes can reach, and name it here
{{- end }}
{{- if not .config.listen.tls.certFile }}
the endpoint has no certificate: set tls.existingSecret to a Secret of type kubernetes.io/tls, or certManager.enabled
{{- end }}
{{- if not .config.credentials.tokenDirectory }}
nobody could connect: set tokens.existingSecret to a Secret with one key for each primary
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.certificate" -}}
{{- if .Values.certManager.enabled }}
{{- if .Values.tls.existingSecret }}
tls.existingSecret and certManager.enabled both say where the certificate comes from: keep one of them
{{- end }}
{{- if not .Values.certManager.issuerRef.name }}
certManager.issuerRef.name is not set: cert-manager has to know who issues the certificate
{{- end }}
{{- if not (or .Values.certManager.dnsNames .Values.certManager.ipAddresses) }}
certManager.dnsNames and certManager.ipAddresses are both empty: the certificate needs the names of the URLs that NetBackup is given
{{- end }}
{{- $key := .Values.certManager.privateKey }}
{{- $size := int $key.size }}
{{- $sizes := dict "RSA" "2048 to 8192" "ECDSA" "256, 384 or 521" "Ed25519" "none" }}
{{- $fits := dict "RSA" (and (ge $size 2048) (le $size 8192)) "ECDSA" (has $size (list 256 384 521)) "Ed25519" false }}
{{- if and (ne $size 0) (not (get $fits $key.algorithm)) }}
certManager.privateKey.size is {{ $size }}, and {{ $key.algorithm }} takes {{ get $sizes $key.algorithm }}: leave it out for the usual one
{{- end }}
{{- $duration := include "nbwss-bridge.seconds" .Values.certManager.duration | float64 }}
{{- $renewBefore := include "nbwss-bridge.seconds" .Values.certManager.renewBefore | float64 }}
{{- if lt $duration 3600.0 }}
certManager.duration is {{ .Values.certManager.duration }}, and cert-manager takes none below 1h
{{- end }}
{{- if lt $renewBefore 300.0 }}
certManager.renewBefore is {{ .Values.certManager.renewBefore }}, and cert-manager takes none below 5m
{{- end }}
{{- if ge $renewBefore $duration }}
certManager.renewBefore is {{ .Values.certManager.renewBefore }}, and has to be shorter than certManager.duration, {{ .Values.certManager.duration }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.references" -}}
{{- $context := . }}
{{- range $mount := .mounts }}
{{- if and $mount.secret $mount.configMap }}
{{ $mount.value }}.existingSecret and {{ $mount.value }}.existingConfigMap are both set: keep one of them
{{- end }}
{{- range $setting, $_ := $mount.settings }}
{{- if include "nbwss-bridge.get" (dict "tree" $context.Values.config "path" $setting) }}
config.{{ $setting }} and {{ $mount.value }} both say where the file is: leave the path out, the chart fills it in
{{- end }}
{{- end }}
{{- end }}
{{- /* Assertions and tokens that something else renews are not among them: a webhook may mount them when the pod is made. */ -}}
{{- range list "listen.tls.certFile" "listen.tls.keyFile" "listen.tls.clientCaFile" "credentials.tokenDirectory" "kafka.tls.caFile" "kafka.tls.certFile" "kafka.tls.keyFile" "kafka.sasl.passwordFile" "kafka.sasl.oauth.clientSecretFile" "kafka.sasl.oauth.caFile" "registry.tls.caFile" "registry.tls.certFile" "registry.tls.keyFile" "registry.auth.passwordFile" "registry.auth.tokenFile" "registry.auth.oauth.clientSecretFile" "registry.auth.oauth.caFile" }}
{{- $setting := . }}
{{- with include "nbwss-bridge.get" (dict "tree" $context.Values.config "path" $setting) }}
{{- $path := fromJson (printf "{\"path\": %s}" .) | dig "path" "" }}
{{- if not (include "nbwss-bridge.isMounted" (dict "mounts" $context.Values.extraVolumeMounts "path" $path)) }}
config.{{ $setting }} is {{ $path }}, where nothing is mounted: leave it out and name a Secret, or bring the file with extraVolumes and extraVolumeMounts
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $path := .config.registry.headerFiles }}
{{- if not (include "nbwss-bridge.isMounted" (dict "mounts" $context.Values.extraVolumeMounts "path" $path)) }}
config.registry.headerFiles.{{ $name }} is {{ $path }}, where nothing is mounted: bring the file with extraVolumes and extraVolumeMounts
{{- end }}
{{- end }}
{{- end -}}

{{/* "true" where one of these mounts has the path. Takes (dict "mounts" … "path" …). */}}
{{- define "nbwss-bridge.isMounted" -}}
{{- range .mounts }}
{{- if hasPrefix (printf "%s/" (trimSuffix "/" .mountPath)) (printf "%s/" $.path) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "nbwss-bridge.contradictions.listen" -}}
{{- $config := .config }}
{{- $loopback := list "127.0.0.1" "::1" "localhost" }}
{{- if has $config.listen.host $loopback }}
config.listen.host is {{ $config.listen.host }}, which nobody outside of the pod reaches: leave it out
{{- end }}
{{- if has $config.admin.host $loopback }}
config.admin.host is {{ $config.admin.host }}, which the kubelet's probes can't reach: leave it out
{{- end }}
{{- if eq (int $config.listen.port) 0 }}
config.listen.port is 0, any free port, which no Service could lead to: give it a number
{{- end }}
{{- if eq (int $config.admin.port) 0 }}
config.admin.port is 0, any free port, which no probe could find: give it a number
{{- end }}
{{- if and (eq (int $config.listen.port) (int $config.admin.port)) (ne (int $config.listen.port) 0) }}
config.listen.port and config.admin.port are both {{ int $config.admin.port }}: only one of them can bind it
{{- end }}
{{- if not $config.listen.tls.clientCaFile }}
{{- if $config.listen.tls.clientNameIsPrimary }}
config.listen.tls.clientNameIsPrimary needs tls.clientCa: without it no client shows a certificate
{{- end }}
{{- if include "nbwss-bridge.get" (dict "tree" .Values.config "path" "listen.tls.clientCertificate") }}
config.listen.tls.clientCertificate needs tls.clientCa: without it no client shows a certificate
{{- end }}
{{- end }}
{{- if regexMatch "^[0-9.]+$" $config.listen.host }}
{{- $families := dict "ipFamilies" (has "IPv6" .Values.service.ipFamilies) "ipFamilyPolicy" (hasSuffix "DualStack" .Values.service.ipFamilyPolicy) }}
{{- range $name, $asksForIPv6 := $families }}
{{- if $asksForIPv6 }}
service.{{ $name }} has IPv6, and config.listen.host {{ $config.listen.host }} takes IPv4 alone: set config.listen.host to '::', which takes both
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq .Values.service.type "ClusterIP") .Values.service.nodePort }}
service.nodePort needs service.type NodePort or LoadBalancer
{{- end }}
{{- if ne .Values.service.type "LoadBalancer" }}
{{- range $name := list "loadBalancerClass" "loadBalancerSourceRanges" }}
{{- if get $.Values.service $name }}
service.{{ $name }} needs service.type LoadBalancer
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.kafka" -}}
{{- $tls := .config.kafka.tls }}
{{- $sasl := .config.kafka.sasl }}
{{- $scram := hasPrefix "scram-" $sasl.mechanism }}
{{- if not $tls.enabled }}
{{- $client := ternary "strimzi.user.authentication tls" "kafka.clientCertificate" (ne (include "nbwss-bridge.mountsStrimziUser" .root) "") }}
{{- range $name, $set := dict "kafka.ca" $tls.caFile $client $tls.certFile }}
{{- if $set }}
{{ $name }} needs config.kafka.tls.enabled: without TLS no certificate is shown
{{- end }}
{{- end }}
{{- end }}
{{- if or (eq $sasl.mechanism "plain") $scram }}
{{- if not $sasl.passwordFile }}
config.kafka.sasl.mechanism is {{ $sasl.mechanism }}, which needs kafka.password.existingSecret
{{- end }}
{{- if not $sasl.username }}
config.kafka.sasl.mechanism is {{ $sasl.mechanism }}, which needs config.kafka.sasl.username
{{- end }}
{{- else if $sasl.passwordFile }}
kafka.password is used by plain and scram only: set config.kafka.sasl.mechanism
{{- end }}
{{- if eq $sasl.mechanism "oauthbearer" }}
{{- if not (or $sasl.oauth.clientSecretFile $sasl.oauth.clientAssertionFile $sasl.oauth.tokenFile) }}
config.kafka.sasl.mechanism is oauthbearer, which needs kafka.oauthClientSecret.existingSecret, config.kafka.sasl.oauth.clientAssertionFile or config.kafka.sasl.oauth.tokenFile
{{- end }}
{{- else if $sasl.oauth.clientSecretFile }}
kafka.oauthClientSecret is used by oauthbearer only: set config.kafka.sasl.mechanism
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.registry" -}}
{{- $auth := .config.registry.auth }}
{{- if and (eq $auth.type "basic") (not $auth.passwordFile) }}
config.registry.auth.type is basic, which needs registry.password.existingSecret
{{- end }}
{{- if and (ne $auth.type "basic") $auth.passwordFile }}
registry.password is used by basic only: set config.registry.auth.type
{{- end }}
{{- if and (eq $auth.type "bearer") (not $auth.tokenFile) }}
config.registry.auth.type is bearer, which needs registry.token.existingSecret
{{- end }}
{{- if and (ne $auth.type "bearer") $auth.tokenFile }}
registry.token is used by bearer only: set config.registry.auth.type
{{- end }}
{{- if and (eq $auth.type "oauth") (not (or $auth.oauth.clientSecretFile $auth.oauth.clientAssertionFile)) }}
config.registry.auth.type is oauth, which needs registry.oauthClientSecret.existingSecret or config.registry.auth.oauth.clientAssertionFile
{{- end }}
{{- if and (ne $auth.type "oauth") $auth.oauth.clientSecretFile }}
registry.oauthClientSecret is used by oauth only: set config.registry.auth.type
{{- end }}
{{- if hasPrefix "http:" .config.registry.url }}
{{- range $name, $set := dict "registry.ca" .config.registry.tls.caFile "registry.clientCertificate" .config.registry.tls.certFile }}
{{- if $set }}
{{ $name }} needs a config.registry.url that begins with https://
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
